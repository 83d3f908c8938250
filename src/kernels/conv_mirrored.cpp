// Convolutions with few filters, which would not fill a register, in the mirror: y is what x sends back through a
// convolution with few channels, and the weights' gradient is the gradient of its weights, with x and dy exchanged.
#include <algorithm>

#include "kernels/conv.hpp"
#include "kernels/conv_col2im.hpp"
#include "kernels/transpose.hpp"

namespace cnnctl::kernels {
namespace {

/// Whether the mirror has no padding that is less than none.
bool has_mirror(const ConvGeometry& g) {
  const ConvGeometry m = mirrored(g);
  return g.groups == 1 && g.unit_stride() && g.taps() > 1 && m.pad_top >= 0 && m.pad_left >= 0;
}

/// Lanes run over the columns of the window and the filters together. Of very few channels, direct sums are as fast,
/// and of one column, rows of products.
bool forward_applies(const ConvGeometry& g) {
  return has_mirror(g) && g.k < 8 && g.c >= std::max<std::int64_t>(3, g.k) && g.c * g.k >= 8 && g.kw > 1 &&
         kCol2imInput.applies(mirrored(g));
}

ConvNeeds forward_needs(const ConvGeometry& g) { return col2im_needs(mirrored(g)); }

/// prepared (KH, C, KW * K), the taps turned by 180 degrees.
void prepare(const Workers&, const ConvGeometry& g, const real* w, real* prepared) {
  for (std::int64_t i = 0; i < g.kh; ++i)
    for (std::int64_t c = 0; c < g.c; ++c)
      for (std::int64_t j = 0; j < g.kw; ++j, prepared += g.k)
        std::copy_n(w + (((g.kh - 1 - i) * g.kw + g.kw - 1 - j) * g.c + c) * g.k, g.k, prepared);
}

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* prepared,
             const Epilogue& epilogue, real* y, const ConvScratch& scratch) {
  col2im(workers, mirrored(g), x, prepared, epilogue, y, scratch);
}

/// Lanes run over the channels.
bool weight_applies(const ConvGeometry& g) {
  return has_mirror(g) && ((g.k < 8 && g.c > g.k) || (g.k == 8 && g.c >= 2 * g.k));
}

/// What computes the gradient in the mirror.
const ConvWeightGradient& gradient_of(const ConvGeometry& m) {
  return m.c <= 2 && kDirectWeight.applies(m) ? kDirectWeight : kRowsWeight;
}

ConvNeeds weight_needs(const ConvGeometry& g) {
  const ConvGeometry m = mirrored(g);
  return gradient_of(m).needs(m);
}

void add(const ConvGeometry& g, const real* x, const real* dy, real* sum, real* scratch) {
  const ConvGeometry m = mirrored(g);
  gradient_of(m).add(m, dy, x, sum, scratch);
}

/// The sums are (KH, KW, K, C), the taps turned by 180 degrees.
void join(const Workers& workers, const ConvGeometry& g, std::int64_t sums, real* all, real* dw) {
  join_sums(workers, sums, g.weight_count(), all, all);
  const std::int64_t tap = g.c * g.k;
  for (std::int64_t t = 0; t < g.taps(); ++t, dw += tap)
    transpose(g.k, g.c, all + (g.taps() - 1 - t) * tap, g.c, dw, g.k);
}

}  // namespace

const ConvForward kMirroredForward{"mirrored", forward_applies, forward_needs, prepare, forward};
const ConvWeightGradient kMirroredWeight{"mirrored", weight_applies, weight_needs, weight_values, add, join};

}  // namespace cnnctl::kernels
