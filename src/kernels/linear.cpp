#include "kernels/linear.hpp"

#include <algorithm>

#include "kernels/conv.hpp"
#include "kernels/cut.hpp"
#include "kernels/gemm.hpp"
#include "kernels/products.hpp"
#include "kernels/transpose.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kRows = 2 * kRowGroup;    // samples in one task
constexpr std::int64_t kTileMacs = 1024 * 1024;  // multiply-adds of one task
constexpr std::int64_t kNarrowest = 64;          // columns that keep the registers busy
// Of a product with a panel of weights:
constexpr std::int64_t kPanelMacs = 256 * 1024;  // multiply-adds of one task
constexpr std::int64_t kDepth = 1024;            // rows of the panel that stay in the cache while rows of x go by

/// Columns of one task of a product (rows, depth) * (depth, columns): all, or slices that share the work.
std::int64_t slice(std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  const std::int64_t wanted = kTileMacs / std::max<std::int64_t>(1, rows * depth) / kNarrowest * kNarrowest;
  return std::min(columns, std::max(kNarrowest, wanted));
}

}  // namespace

void linear_pack(const Workers& workers, const LinearGeometry& g, const real* w, real* panels) {
  const std::int64_t depth = rows_per_task(kPanel), parts = pieces(g.in, depth);
  workers.run(pieces(g.out, kPanel) * parts, [&](std::int64_t task, int) {
    const std::int64_t column = task / parts * kPanel, first = task % parts * depth;
    const std::int64_t width = std::min(kPanel, g.out - column), count = std::min(depth, g.in - first);
    transpose(width, count, w + column * g.in + first, g.in, panels + column * g.in + first * width, width);
  });
}

void linear(const Workers& workers, const LinearGeometry& g, const real* x, const real* panels, const real* bias,
            Activation activation, real* y) {
  const std::int64_t parts = pieces(g.n, kPanelMacs / (kPanel * g.in) + 1), rows = pieces(g.n, parts);
  workers.run(pieces(g.out, kPanel) * parts, [&](std::int64_t task, int) {
    const std::int64_t column = task / parts * kPanel, width = std::min(kPanel, g.out - column);
    const std::int64_t first = std::min(g.n, task % parts * rows), count = std::min(rows, g.n - first);
    real* to = y + first * g.out + column;
    for (std::int64_t k = 0; k < g.in; k += kDepth)
      multiply({.m = count,
                .n = width,
                .k = std::min(kDepth, g.in - k),
                .lda = g.in,
                .ldb = width,
                .ldc = g.out,
                .accumulate = k > 0},
               x + first * g.in + k, panels + column * g.in + k * width, to);
    apply_epilogue({bias != nullptr ? bias + column : nullptr, activation, false}, count, width, to, g.out);
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
