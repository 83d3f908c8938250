#include "kernels/matrix/transpose.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/matrix/transpose.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

// At most eight lanes: so many rows a power of two apart still fit into one set of a cache.
using Tile = hn::CappedTag<real, 32 / sizeof(real)>;
using TileVector = hn::Vec<Tile>;
constexpr std::int64_t kTile = hn::MaxLanes(Tile());

/// The lanes of a and b in turn, the first half of them or the second.
HWY_INLINE std::pair<TileVector, TileVector> zip(TileVector a, TileVector b) {
#if HWY_TARGET == HWY_SCALAR
  return {a, b};
#else
  const Tile d;
  const TileVector lower = hn::InterleaveLower(d, a, b), upper = hn::InterleaveUpper(d, a, b);
  if constexpr (kTile * sizeof(real) <= 16) return {lower, upper};
#if HWY_TARGET <= HWY_AVX2
  return {hn::ConcatLowerLower(d, upper, lower), hn::ConcatUpperUpper(d, upper, lower)};
#endif
#endif
}

/// One square. Zipping row i with row i + half of all moves each value's column a bit towards its row, and as many
/// steps as a number of a row has bits turn the square around.
HWY_INLINE void transpose_tile(const real* x, std::int64_t ldx, real* y, std::int64_t ldy, bool accumulate) {
  const Tile d;
  TileVector rows[kTile], zipped[kTile];
  for (std::int64_t i = 0; i < kTile; ++i) rows[i] = hn::LoadU(d, x + i * ldx);
  for (std::int64_t step = 1; step < kTile; step *= 2) {
    for (std::int64_t i = 0; i < kTile / 2; ++i)
      std::tie(zipped[2 * i], zipped[2 * i + 1]) = zip(rows[i], rows[i + kTile / 2]);
    std::copy_n(zipped, kTile, rows);
  }
  for (std::int64_t i = 0; i < kTile; ++i) {
    real* to = y + i * ldy;
    hn::StoreU(accumulate ? hn::Add(hn::LoadU(d, to), rows[i]) : rows[i], d, to);
  }
}

void transpose_rows(std::int64_t rows, std::int64_t columns, const real* x, std::int64_t ldx, real* y, std::int64_t ldy,
                    bool accumulate) {
  const std::int64_t whole_rows = rows / kTile * kTile, whole_columns = columns / kTile * kTile;
  for (std::int64_t r = 0; r < whole_rows; r += kTile)
    for (std::int64_t c = 0; c < whole_columns; c += kTile)
      transpose_tile(x + r * ldx + c, ldx, y + c * ldy + r, ldy, accumulate);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = r < whole_rows ? whole_columns : 0; c < columns; ++c) {
      real& to = y[c * ldy + r];
      to = accumulate ? to + x[r * ldx + c] : x[r * ldx + c];
    }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(transpose_rows);

void transpose(std::int64_t rows, std::int64_t columns, const real* x, std::int64_t ldx, real* y, std::int64_t ldy) {
  HWY_DYNAMIC_DISPATCH(transpose_rows)(rows, columns, x, ldx, y, ldy, false);
}

void transpose(const Workers& workers, std::int64_t n, std::int64_t rows, std::int64_t columns, const real* x, real* y,
               bool accumulate) {
  // Large matrices are cut by columns: each task writes a range of y by itself.
  const std::int64_t step = std::min(columns, rows_per_task(rows));
  const std::int64_t parts = pieces(columns, step), matrices = parts > 1 ? 1 : rows_per_task(rows * columns);
  workers.run(pieces(n, matrices) * parts, [&](std::int64_t task, int) {
    const std::int64_t first = task % parts * step, matrix = task / parts * matrices;
    for (std::int64_t i = matrix; i < std::min(n, matrix + matrices); ++i) {
      const std::int64_t at = i * rows * columns;
      HWY_DYNAMIC_DISPATCH(transpose_rows)
      (rows, std::min(step, columns - first), x + at + first, columns, y + at + first * rows, rows, accumulate);
    }
  });
}

}  // namespace cnnctl::kernels
#endif
