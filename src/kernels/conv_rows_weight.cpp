// Weight gradient of any convolution, row-wise: for each tap, dw = sum over rows of results of source' * dy.
// The images are summed in a few fixed groups, joined in order.
#include <algorithm>
#include <array>

#include "kernels/conv.hpp"
#include "kernels/conv_rows.hpp"
#include "kernels/gemm.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kMostRows = 32;  // rows of results in one sum of products

bool applies(const ConvGeometry& g) { return !g.depthwise(); }  // whose weights are stored otherwise

/// Partial sums: many for small weights, few where they would take much memory.
std::int64_t most_groups(const ConvGeometry& g) {
  return g.weight_count() <= 64 * 1024 ? 8 : g.weight_count() <= 512 * 1024 ? 4 : 2;
}

std::int64_t block_of(const ConvGeometry& g) {
  return std::min(kMostRows, rows_per_block(g.oh, g.ow * g.taps() * g.group_c() * g.group_k() / 4));
}

ConvNeeds needs(const ConvGeometry& g) {
  return {.prepared = 0,
          .shared = static_cast<std::size_t>(most_groups(g) * g.weight_count()) * sizeof(real),
          .worker = forward_walk(g).copy_bytes(block_of(g))};
}

/// partial (taps, C/groups, K/groups) += the share of one image's channel group.
void add_image(const ConvGeometry& g, const WindowWalk& walk, const real* image, const real* dy, real* copy,
               real* partial) {
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
    std::array<const real*, kMostRows> a, b;
    for (std::int64_t row = 0; row < count; ++row) b[static_cast<std::size_t>(row)] = dy + (first + row) * g.ow * g.k;
    for (std::int64_t tap = 0; tap < g.taps(); ++tap) {
      for (std::int64_t row = 0; row < count; ++row) a[static_cast<std::size_t>(row)] = source.at(walk, row, tap);
      product(count, a.data(), b.data(), partial + tap * matrix);
    }
  }
}

void weight_gradient(const Workers& workers, const ConvGeometry& g, const real* x, const real* dy, real* dw,
                     const ConvScratch& scratch) {
  const WindowWalk walk = forward_walk(g);
  const std::int64_t sums = std::min(most_groups(g), g.n), matrix = g.taps() * g.group_c() * g.group_k();
  auto* partials = reinterpret_cast<real*>(scratch.shared);
  workers.run(sums * g.groups, [&](std::int64_t task, int worker) {
    const std::int64_t sum = task / g.groups, group = task % g.groups;
    real* partial = (sums == 1 ? dw : partials + sum * g.weight_count()) + group * matrix;
    std::fill_n(partial, matrix, real{0});
    for (std::int64_t n = g.n * sum / sums; n < g.n * (sum + 1) / sums; ++n)
      add_image(g, walk, x + n * g.h * g.w * g.c + group * g.group_c(),
                dy + n * g.oh * g.ow * g.k + group * g.group_k(), scratch.of(worker), partial);
  });
  if (sums > 1) join_partials(workers, sums, g.weight_count(), partials, dw);
}

}  // namespace

const ConvWeightGradient kRowsWeight{"rows", applies, needs, weight_gradient};

}  // namespace cnnctl::kernels
