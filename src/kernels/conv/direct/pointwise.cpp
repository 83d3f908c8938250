// 1x1 convolution with stride 1: the image is a matrix (pixels, C) already, so each pass is one product.
#include <algorithm>

#include "kernels/conv/families.hpp"
#include "kernels/matrix/gemm.hpp"
#include "kernels/matrix/panel_product.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kRows = 10 * kRowGroup;  // pixels of one product of a sum

bool applies(const ConvGeometry& g) {
  return g.taps() == 1 && g.unit_stride() && g.groups == 1 && g.pad_top == 0 && g.pad_left == 0 && g.oh == g.h &&
         g.ow == g.w;
}

ConvNeeds needs(const ConvGeometry& g) {
  return {.prepared = static_cast<std::size_t>(g.weight_count()) * sizeof(real)};
}

void prepare(const Workers& workers, const ConvGeometry& g, const real* w, real* prepared) {
  pack_bank(workers, g.c, g.k, w, prepared);
}

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* w, const Epilogue& epilogue,
             real* y, const ConvScratch&) {
  multiply_rows(workers, {g.out_pixels(), g.c, g.k}, x, w, epilogue, y);
}

void prepare_input(const Workers& workers, const ConvGeometry& g, const real* w, real* prepared) {
  pack_transposed_bank(workers, g.k, g.c, w, prepared);
}

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* w, real* dx,
                    bool accumulate, const ConvScratch&) {
  multiply_rows(workers, {g.out_pixels(), g.k, g.c}, dy, w, {nullptr, {}, accumulate}, dx);
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

const ConvForward kPointwiseForward{"gemm 1x1", applies, needs, prepare, forward};
const ConvInputGradient kPointwiseInput{"gemm 1x1", applies, needs, prepare_input, input_gradient};
const ConvWeightGradient kPointwiseWeight{"gemm 1x1", applies, weight_needs, weight_values, add, join_weights};

}  // namespace cnnctl::kernels
