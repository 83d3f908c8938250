#include "kernels/linear.hpp"

#include <algorithm>

#include "kernels/conv.hpp"
#include "kernels/gemm.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kRows = 2 * kRowGroup;    // samples in one task
constexpr std::int64_t kTileMacs = 1024 * 1024;  // multiply-adds of one task
constexpr std::int64_t kNarrowest = 64;          // columns that keep the registers busy

/// Columns of one task of a product (rows, depth) * (depth, columns): all, or slices that share the work.
std::int64_t slice(std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  const std::int64_t wanted = kTileMacs / std::max<std::int64_t>(1, rows * depth) / kNarrowest * kNarrowest;
  return std::min(columns, std::max(kNarrowest, wanted));
}

}  // namespace

std::size_t linear_scratch(const LinearGeometry& g) {
  return static_cast<std::size_t>(kRowGroup * (g.in + g.out)) * sizeof(real);
}

void linear(const Workers& workers, const LinearGeometry& g, const real* x, const real* w_transposed, const real* bias,
            Activation activation, real* y, std::byte* worker_scratch, std::size_t worker_bytes) {
  const std::int64_t width = slice(kRows, g.out, g.in), slices = pieces(g.out, width);
  workers.run(pieces(g.n, kRows) * slices, [&](std::int64_t task, int worker) {
    const std::int64_t column = task % slices * width, columns = std::min(width, g.out - column);
    const Epilogue epilogue{bias != nullptr ? bias + column : nullptr, activation, false};
    auto* spare = reinterpret_cast<real*>(worker_scratch + static_cast<std::size_t>(worker) * worker_bytes);
    const std::int64_t first = task / slices * kRows, rows = std::min(kRows, g.n - first);
    const std::int64_t whole = rows / kRowGroup * kRowGroup, rest = rows - whole;
    real* to = y + first * g.out + column;
    if (whole > 0)
      Gemm({.m = whole, .n = columns, .k = g.in, .lda = g.in, .ldb = g.out, .ldc = g.out})(x + first * g.in,
                                                                                           w_transposed + column, to);
    if (rest > 0) {
      real* spare_y = spare + kRowGroup * g.in;
      std::copy_n(x + (first + whole) * g.in, rest * g.in, spare);
      std::fill(spare + rest * g.in, spare_y, real{0});
      Gemm({.m = kRowGroup, .n = columns, .k = g.in, .lda = g.in, .ldb = g.out, .ldc = columns})(
          spare, w_transposed + column, spare_y);
      for (std::int64_t row = 0; row < rest; ++row)
        std::copy_n(spare_y + row * columns, columns, to + (whole + row) * g.out);
    }
    apply_epilogue(epilogue, rows, columns, to, g.out);
  });
}

void linear_input_gradient(const Workers& workers, const LinearGeometry& g, const real* dy, const real* w, real* dx,
                           bool accumulate) {
  const std::int64_t width = slice(kRows, g.in, g.out), slices = pieces(g.in, width);
  workers.run(pieces(g.n, kRows) * slices, [&](std::int64_t task, int) {
    const std::int64_t column = task % slices * width, first = task / slices * kRows;
    Gemm({.m = std::min(kRows, g.n - first),
          .n = std::min(width, g.in - column),
          .k = g.out,
          .lda = g.out,
          .ldb = g.in,
          .ldc = g.in,
          .accumulate = accumulate})(dy + first * g.out, w + column, dx + first * g.in + column);
  });
}

void linear_weight_gradient(const Workers& workers, const LinearGeometry& g, const real* x, const real* dy, real* dw) {
  const std::int64_t width = slice(g.out, g.in, g.n), slices = pieces(g.in, width);
  workers.run(slices, [&](std::int64_t task, int) {
    const std::int64_t column = task * width;
    Gemm({.m = g.out,
          .n = std::min(width, g.in - column),
          .k = g.n,
          .lda = g.out,
          .ldb = g.in,
          .ldc = g.in,
          .transpose_a = true})(dy, x + column, dw + column);
  });
}

}  // namespace cnnctl::kernels
