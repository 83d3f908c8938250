// Weight gradient of large filter banks where rows of results are short: tasks are parts of dw, each the sum over
// blocks of results of gathered' * dy.
#include <algorithm>

#include "kernels/conv/families.hpp"
#include "kernels/conv/window/gather.hpp"
#include "kernels/matrix/products.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kBlock = 128;  // results of one product

/// A worker's cache would not hold a sum of its own.
bool applies(const ConvGeometry& g) {
  return g.ow <= 8 && g.group_k() > 32 && !g.depthwise() && g.weight_count() > 128 * 1024;
}

TermParts parts_of(const ConvGeometry& g) { return {g.taps(), g.group_c(), 512, 128}; }

ConvNeeds needs(const ConvGeometry& g) {
  return {.prepared = 0,
          .shared = 0,
          .worker = static_cast<std::size_t>(kBlock * (parts_of(g).largest() + g.group_k())) * sizeof(real)};
}

/// One part of one group of dw (terms, K/groups) = the share of all results.
void sum_part(const ConvGeometry& g, std::int64_t group, std::int64_t part, const real* x, const real* dy, real* matrix,
              real* dw) {
  const WindowWalk walk = forward_walk(g);
  const TermParts parts = parts_of(g);
  const WindowTerms terms = parts.part(part);
  const std::int64_t channels = g.group_k(), results = g.out_pixels();
  real* packed = matrix + kBlock * parts.largest();
  for (std::int64_t first = 0; first < results; first += kBlock) {
    const std::int64_t count = std::min(kBlock, results - first);
    gather(walk, terms, first, count, x + group * g.group_c(), matrix);
    pack_panels(count, channels, dy + first * g.k + group * channels, g.k, packed);
    multiply({.m = terms.count(),
              .n = channels,
              .k = count,
              .lda = terms.count(),
              .ldc = channels,
              .transpose_a = true,
              .accumulate = first > 0,
              .packed_b = true},
             matrix, packed, dw + group * g.taps() * g.group_c() * channels + parts.offset(part) * channels);
  }
}

void run(const Workers& workers, const ConvGeometry& g, const real* x, const real* dy, real* dw,
         const ConvScratch& scratch) {
  const std::int64_t parts = parts_of(g).count();
  workers.run(g.groups * parts, [&](std::int64_t task, int worker) {
    sum_part(g, task / parts, task % parts, x, dy, scratch.of(worker), dw);
  });
}

}  // namespace

const ConvWeightGradient kGatherWeight{"gather", applies, needs, nullptr, nullptr, nullptr, run};

}  // namespace cnnctl::kernels
