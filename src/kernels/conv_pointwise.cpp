// 1x1 convolution with stride 1: the image is a matrix (pixels, C) already, so each pass is one product, cut by rows.
#include <algorithm>

#include "kernels/conv.hpp"
#include "kernels/gemm.hpp"
#include "kernels/transpose.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kRows = 10 * kRowGroup;  // pixels in one task

bool applies(const ConvGeometry& g) {
  return g.taps() == 1 && g.unit_stride() && g.groups == 1 && g.pad_top == 0 && g.pad_left == 0 && g.oh == g.h &&
         g.ow == g.w;
}

/// y (rows, columns) = x (rows, depth) * b (depth, columns). Whole groups of rows run in place; the rest passes through
/// `spare`, room for kRowGroup rows of x and of y, so that nothing is read or written behind the last row.
void multiply_rows(std::int64_t rows, std::int64_t columns, std::int64_t depth, const real* x, const real* b, real* y,
                   bool accumulate, real* spare) {
  const std::int64_t whole = rows / kRowGroup * kRowGroup, rest = rows - whole;
  if (whole > 0)
    Gemm(
        {.m = whole, .n = columns, .k = depth, .lda = depth, .ldb = columns, .ldc = columns, .accumulate = accumulate})(
        x, b, y);
  if (rest == 0) return;
  real* spare_y = spare + kRowGroup * depth;
  std::copy_n(x + whole * depth, rest * depth, spare);
  std::fill(spare + rest * depth, spare_y, real{0});
  Gemm({.m = kRowGroup, .n = columns, .k = depth, .lda = depth, .ldb = columns, .ldc = columns})(spare, b, spare_y);
  real* y_rest = y + whole * columns;
  for (std::int64_t i = 0; i < rest * columns; ++i) y_rest[i] = accumulate ? y_rest[i] + spare_y[i] : spare_y[i];
}

std::size_t spare_bytes(const ConvGeometry& g) {
  return static_cast<std::size_t>(kRowGroup * (g.c + g.k)) * sizeof(real);
}

ConvNeeds forward_needs(const ConvGeometry& g) {
  return {.prepared = static_cast<std::size_t>(g.weight_count()) * sizeof(real), .worker = spare_bytes(g)};
}

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* w, const Epilogue& epilogue,
             real* y, const ConvScratch& scratch) {
  const std::int64_t pixels = g.out_pixels();
  workers.run(pieces(pixels, kRows), [&](std::int64_t task, int worker) {
    const std::int64_t first = task * kRows, rows = std::min(kRows, pixels - first);
    multiply_rows(rows, g.k, g.c, x + first * g.c, w, y + first * g.k, epilogue.accumulate, scratch.of(worker));
    apply_epilogue(epilogue, rows, g.k, y + first * g.k, g.k);
  });
}

void prepare_input(const Workers&, const ConvGeometry& g, const real* w, real* prepared) {
  transpose(g.c, g.k, w, g.k, prepared, g.c);
}

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* w_transposed, real* dx,
                    bool accumulate, const ConvScratch& scratch) {
  const std::int64_t pixels = g.out_pixels();
  workers.run(pieces(pixels, kRows), [&](std::int64_t task, int worker) {
    const std::int64_t first = task * kRows, rows = std::min(kRows, pixels - first);
    multiply_rows(rows, g.c, g.k, dy + first * g.k, w_transposed, dx + first * g.c, accumulate, scratch.of(worker));
  });
}

ConvNeeds weight_needs(const ConvGeometry&) { return {}; }

void add(const ConvGeometry& g, const real* x, const real* dy, real* sum, real*) {
  const std::int64_t pixels = g.out_pixels();
  for (std::int64_t first = 0; first < pixels; first += kRows)
    Gemm({.m = g.c,
          .n = g.k,
          .k = std::min(kRows, pixels - first),
          .lda = g.c,
          .ldb = g.k,
          .ldc = g.k,
          .transpose_a = true,
          .accumulate = true})(x + first * g.c, dy + first * g.k, sum);
}

}  // namespace

const ConvForward kPointwiseForward{"gemm 1x1", applies, forward_needs, copy_weights, forward};
const ConvInputGradient kPointwiseInput{"gemm 1x1", applies, forward_needs, prepare_input, input_gradient};
const ConvWeightGradient kPointwiseWeight{"gemm 1x1", applies, weight_needs, weight_values, add, join_weights};

}  // namespace cnnctl::kernels
