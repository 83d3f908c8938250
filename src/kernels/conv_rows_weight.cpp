// Weight gradient of any convolution, row-wise: for each tap, dw = sum over rows of results of source' * dy.
#include <algorithm>
#include <array>

#include "kernels/conv.hpp"
#include "kernels/conv_rows.hpp"
#include "kernels/gemm.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kMostRows = 32;  // rows of results in one sum of products

bool applies(const ConvGeometry& g) { return !g.depthwise(); }  // whose weights are stored otherwise

std::int64_t block_of(const ConvGeometry& g) {
  return std::min(kMostRows, rows_per_block(g.oh, g.ow * g.taps() * g.group_c() * g.group_k() / 4));
}

ConvNeeds needs(const ConvGeometry& g) {
  return {.prepared = 0, .shared = 0, .worker = forward_walk(g).copy_bytes(block_of(g))};
}

/// sum (taps, C/groups, K/groups) += the share of one image's channel group.
void add_image(const ConvGeometry& g, const WindowWalk& walk, const real* image, const real* dy, real* copy,
               real* sum) {
  const std::int64_t block = block_of(g), matrix = g.group_c() * g.group_k();
  for (std::int64_t first = 0; first < g.oh; first += block) {
    const std::int64_t count = std::min(block, g.oh - first);
    const WindowSource source = window_source(walk, image, first, count, copy);
    const BatchGemm product({.m = g.group_c(),
                             .n = g.group_k(),
                             .k = g.ow,
                             .lda = g.stride_w * source.pitch,
                             .ldb = g.k,
                             .ldc = g.group_k(),
                             .transpose_a = true,
                             .accumulate = true});
    const std::int64_t row_step = g.stride_h * source.width * source.pitch;
    std::array<const real*, kMostRows> a, b;
    for (std::int64_t row = 0; row < count; ++row) b[static_cast<std::size_t>(row)] = dy + (first + row) * g.ow * g.k;
    for (std::int64_t tap = 0; tap < g.taps(); ++tap) {
      // Rows of results that find this tap inside of the image.
      const std::int64_t at = first * g.stride_h - g.pad_top + tap / g.kw * g.dilation_h;
      const Inside rows(at, g.stride_h, count, g.h);
      if (rows.begin == rows.end) continue;
      const real* first_row = source.at(walk, 0, tap);
      for (std::int64_t row = rows.begin; row < rows.end; ++row)
        a[static_cast<std::size_t>(row)] = first_row + row * row_step;
      product(rows.end - rows.begin, a.data() + rows.begin, b.data() + rows.begin, sum + tap * matrix);
    }
  }
}

void add(const ConvGeometry& g, const real* x, const real* dy, real* sum, real* scratch) {
  const WindowWalk walk = forward_walk(g);
  const std::int64_t matrix = g.taps() * g.group_c() * g.group_k();
  for (std::int64_t n = 0; n < g.n; ++n)
    for (std::int64_t group = 0; group < g.groups; ++group)
      add_image(g, walk, x + n * g.h * g.w * g.c + group * g.group_c(),
                dy + n * g.oh * g.ow * g.k + group * g.group_k(), scratch, sum + group * matrix);
}

}  // namespace

const ConvWeightGradient kRowsWeight{"rows", applies, needs, weight_values, add, join_weights};

}  // namespace cnnctl::kernels
