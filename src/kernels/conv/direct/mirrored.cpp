// Convolutions with few filters, which would not fill a register, in the mirror: y is what x sends back through a
// convolution with few channels, and the weights' gradient is the gradient of its weights, with x and dy exchanged.
#include <algorithm>

#include "kernels/conv/families.hpp"
#include "kernels/conv/window/col2im.hpp"
#include "kernels/conv/window/outer_block.hpp"
#include "kernels/matrix/transpose.hpp"
#include "kernels/pointwise/reduce.hpp"

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
  constexpr std::int64_t kRegister = 16;
  const bool few = (g.k < 8 && g.c > g.k) || (g.k == 8 && g.c >= kRegister);
  return few && (has_mirror(g) || (g.groups == 1 && !g.unit_stride() && g.c >= kRegister));
}

/// What computes the gradient in the mirror.
const ConvWeightGradient& gradient_of(const ConvGeometry& m) {
  return m.c <= 2 && kDirectWeight.applies(m) ? kDirectWeight : kRowsWeight;
}

ConvNeeds weight_needs(const ConvGeometry& g) {
  if (!g.unit_stride()) return {};
  const ConvGeometry m = mirrored(g);
  return gradient_of(m).needs(m);
}

/// With a stride there is no mirror: sum (KH,KW,K,C) += the share of the rows [first, first + count) of one image's
/// results, tap by tap, from x where it stands.
void add_rows(const ConvGeometry& g, std::int64_t first, std::int64_t count, const real* x, const real* dy, real* sum) {
  for (std::int64_t i = 0; i < g.kh; ++i)
    for (std::int64_t j = 0; j < g.kw; ++j, sum += g.k * g.c) {
      const std::int64_t top = first * g.stride_h + i * g.dilation_h - g.pad_top, left = j * g.dilation_w - g.pad_left;
      const Inside rows(top, g.stride_h, count, g.h), columns(left, g.stride_w, g.ow, g.w);
      if (rows.begin == rows.end || columns.begin == columns.end) continue;
      const std::int64_t row = top + rows.begin * g.stride_h, column = left + columns.begin * g.stride_w;
      add_outer({.images = 1,
                 .rows = rows.end - rows.begin,
                 .columns = columns.end - columns.begin,
                 .x = {0, g.ow * g.k, g.k},
                 .dy = {0, g.stride_h * g.w * g.c, g.stride_w * g.c}},
                g.k, g.c, dy + ((first + rows.begin) * g.ow + columns.begin) * g.k, x + (row * g.w + column) * g.c, sum,
                g.c);
    }
}

void add_strided(const ConvGeometry& g, const real* x, const real* dy, real* sum) {
  constexpr std::int64_t kCached = 8 * 1024;  // values of x that are read again for every tap
  const std::int64_t block = std::clamp<std::int64_t>(kCached / (g.stride_h * g.w * g.c), 1, g.oh);
  for (std::int64_t n = 0; n < g.n; ++n, x += g.h * g.w * g.c, dy += g.oh * g.ow * g.k)
    for (std::int64_t row = 0; row < g.oh; row += block) add_rows(g, row, std::min(block, g.oh - row), x, dy, sum);
}

void add(const ConvGeometry& g, const real* x, const real* dy, real* sum, real* scratch) {
  if (!g.unit_stride()) return add_strided(g, x, dy, sum);
  const ConvGeometry m = mirrored(g);
  gradient_of(m).add(m, dy, x, sum, scratch);
}

/// The sums are (KH,KW,K,C), in the mirror with the taps turned by 180 degrees.
void join(const Workers& workers, const ConvGeometry& g, std::int64_t sums, real* all, real* dw) {
  join_sums(workers, sums, g.weight_count(), all, all);
  const std::int64_t tap = g.c * g.k;
  for (std::int64_t t = 0; t < g.taps(); ++t, dw += tap)
    transpose(g.k, g.c, all + (g.unit_stride() ? g.taps() - 1 - t : t) * tap, g.c, dw, g.k);
}

}  // namespace

const ConvForward kMirroredForward{"mirrored", forward_applies, forward_needs, prepare, forward};
const ConvWeightGradient kMirroredWeight{"mirrored", weight_applies, weight_needs, weight_values, add, join};

}  // namespace cnnctl::kernels
