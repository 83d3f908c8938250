// Convolutions as products whose rows are results: for a block of results, of whatever rows and images, the pixels that
// their windows meet are gathered into a matrix, and multiplied with the weights.
#include <algorithm>

#include "kernels/conv_gather.hpp"
#include "kernels/products.hpp"

namespace cnnctl::kernels {
namespace {

/// How gathered_products cuts its work.
struct Plan {
  TermParts parts;
  std::int64_t rows, columns;  // results and channels of a task; the latter in whole panels

  Plan(const WindowWalk& walk, std::int64_t channels) : parts(walk.tap_count(), walk.channels, 512, 256) {
    constexpr std::int64_t kCachedWeights = 128 * 1024;  // a core's cache holds them beside its results: 512 KB
    const bool cached = walk.tap_count() * walk.channels * channels <= kCachedWeights;
    rows = cached ? 48 : 384;  // large banks come from further away: once for so many results
    columns = cached ? channels : std::min<std::int64_t>(channels, 4 * kPanel);
  }
};

/// Whether results [0, count) stand in memory at equal distances.
bool even(const WindowWalk& walk, const WindowTarget& target) {
  return target.row == walk.columns.count * target.pixel && target.image == walk.rows.count * target.row;
}

}  // namespace

std::size_t gathered_bytes(const WindowWalk& walk, std::int64_t channels) {
  const Plan plan(walk, channels);
  return static_cast<std::size_t>(plan.rows * (plan.parts.largest() + plan.columns)) * sizeof(real);
}

void pack_gathered_weights(const Workers& workers, const WindowWalk& walk, std::int64_t channels, const real* w,
                           real* packed) {
  const Plan plan(walk, channels);
  workers.run(plan.parts.count(), [&](std::int64_t i, int) {
    const std::int64_t at = plan.parts.offset(i) * channels;
    pack_panels(plan.parts.part(i).count(), channels, w + at, channels, packed + at);
  });
}

void gathered_products(const Workers& workers, std::int64_t n, const WindowWalk& walk, const real* x,
                       const real* weights, const Epilogue& epilogue, const WindowTarget& target,
                       const ConvScratch& scratch) {
  const Plan plan(walk, target.channels);
  const std::int64_t results = n * walk.rows.count * walk.columns.count, blocks = pieces(results, plan.rows);
  const bool direct = even(walk, target);
  workers.run(blocks * pieces(target.channels, plan.columns), [&](std::int64_t task, int worker) {
    const std::int64_t first = task % blocks * plan.rows, count = std::min(plan.rows, results - first);
    const std::int64_t k = task / blocks * plan.columns, columns = std::min(plan.columns, target.channels - k);
    real* matrix = scratch.of(worker);
    real* y = direct ? target.data + first * target.pixel + k : matrix + plan.rows * plan.parts.largest();
    const std::int64_t ldy = direct ? target.pixel : columns;
    for (std::int64_t i = 0; i < plan.parts.count(); ++i) {
      const WindowTerms terms = plan.parts.part(i);
      gather(walk, terms, first, count, x, matrix);
      multiply({.m = count,
                .n = columns,
                .k = terms.count(),
                .lda = terms.count(),
                .ldc = ldy,
                .accumulate = i > 0 || (direct && epilogue.accumulate),
                .packed_b = true},
               matrix, weights + plan.parts.offset(i) * target.channels + k * terms.count(), y);
    }
    if (!direct) return scatter(walk, target, k, first, count, columns, epilogue.accumulate, y);
    Epilogue part = epilogue;
    if (part.bias != nullptr) part.bias += k;
    apply_epilogue(part, count, columns, y, ldy);
  });
}

}  // namespace cnnctl::kernels
