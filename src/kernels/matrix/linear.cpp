#include "kernels/matrix/linear.hpp"

#include <algorithm>

#include "kernels/matrix/gemm.hpp"
#include "kernels/matrix/panel_product.hpp"
#include "kernels/pointwise/epilogue.hpp"
#include "kernels/simd/cut.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kRows = 2 * kRowGroup;    // samples in one task
constexpr std::int64_t kTileMacs = 1024 * 1024;  // multiply-adds of one task
constexpr std::int64_t kNarrowest = 64;          // columns that keep the registers busy
// Of a weight gradient cut into rows:
constexpr std::int64_t kRowsMacs = 512 * 1024;  // multiply-adds of one task
constexpr std::int64_t kLeastRows = 16;

/// Columns of one task of a product (rows, depth) * (depth, columns): all, or slices that share the work.
std::int64_t slice(std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  const std::int64_t wanted = kTileMacs / std::max<std::int64_t>(1, rows * depth) / kNarrowest * kNarrowest;
  return std::min(columns, std::max(kNarrowest, wanted));
}

}  // namespace

void linear_pack(const Workers& workers, const LinearGeometry& g, const real* w, real* panels) {
  pack_transposed_bank(workers, g.in, g.out, w, panels);
}

void linear(const Workers& workers, const LinearGeometry& g, const real* x, const real* panels, const real* bias,
            Activation activation, real* y) {
  multiply_rows(workers, {g.n, g.in, g.out}, x, panels, {bias, activation, false}, y);
}

void linear_packing(const Workers& workers, const LinearGeometry& g, const real* x, const real* w, const real* bias,
                    Activation activation, real* y, FunctionRef<real*(int worker)> scratch) {
  multiply_rows_packing(workers, {g.n, g.in, g.out}, x, w, {bias, activation, false}, y, scratch);
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

void linear_weight_gradient(const Workers& workers, const LinearGeometry& g, LinearRows rows_of, const real* x,
                            const real* dy, real* dw) {
  dy += rows_of.first;
  const std::int64_t out = rows_of.count;
  const auto product = [&](std::int64_t row, std::int64_t rows, std::int64_t column, std::int64_t columns) {
    Gemm({.m = rows, .n = columns, .k = g.n, .lda = g.out, .ldb = g.in, .ldc = g.in, .transpose_a = true})(
        dy + row, x + column, dw + row * g.in + column);
  };
  // Whole rows where they are short: the optimizer's ranges hold whole rows, too, and each worker finds its own.
  if (const std::int64_t fit = kRowsMacs / (g.in * g.n); fit >= kLeastRows) {
    const std::int64_t parts = pieces(out, fit);
    workers.run(parts, [&](std::int64_t task, int) {
      const std::int64_t row = out * task / parts;
      product(row, out * (task + 1) / parts - row, 0, g.in);
    });
    return;
  }
  const std::int64_t width = slice(out, g.in, g.n), slices = pieces(g.in, width);
  workers.run(slices,
              [&](std::int64_t task, int) { product(0, out, task * width, std::min(width, g.in - task * width)); });
}

}  // namespace cnnctl::kernels
