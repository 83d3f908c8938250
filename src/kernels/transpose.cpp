#include "kernels/transpose.hpp"

#include <algorithm>

#include "kernels/cut.hpp"

namespace cnnctl::kernels {
namespace {

/// Tiles of 16 x 16 keep both the lines read and the lines written in the first-level cache.
constexpr std::int64_t kTile = 16;

void transpose_one(std::int64_t rows, std::int64_t columns, const real* x, real* y, bool accumulate) {
  for (std::int64_t r0 = 0; r0 < rows; r0 += kTile) {
    for (std::int64_t c0 = 0; c0 < columns; c0 += kTile) {
      const std::int64_t r1 = std::min(rows, r0 + kTile), c1 = std::min(columns, c0 + kTile);
      for (std::int64_t c = c0; c < c1; ++c) {
        for (std::int64_t r = r0; r < r1; ++r) {
          const real value = x[r * columns + c];
          y[c * rows + r] = accumulate ? y[c * rows + r] + value : value;
        }
      }
    }
  }
}

}  // namespace

void transpose(const Workers& workers, std::int64_t n, std::int64_t rows, std::int64_t columns, const real* x, real* y,
               bool accumulate) {
  for_rows(workers, n, rows * columns, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t at = first * rows * columns; at < (first + count) * rows * columns; at += rows * columns)
      transpose_one(rows, columns, x + at, y + at, accumulate);
  });
}

}  // namespace cnnctl::kernels
