// Convolution in narrow groups: blocks of rows of results, all groups of a block by one worker.
#include "kernels/conv/groups/groups.hpp"

#include <algorithm>

#include "kernels/conv/families.hpp"

namespace cnnctl::kernels {

void pack_group_weights(const WindowWalk& walk, const Groups& groups, const GroupWeights& w, real* packed) {
  for_group_weights(walk.rows.taps, walk.columns.taps, groups,
                    [&](std::int64_t n, std::int64_t i, std::int64_t j, std::int64_t c, std::int64_t k) {
                      *packed++ = w.data[n * w.group + i * w.row + j * w.column + c * w.channel + k * w.filter];
                    });
}

namespace {

/// Rows of results in one task.
std::int64_t block_of(const WindowWalk& walk, const Groups& groups) {
  return rows_per_block(walk.rows.count,
                        walk.columns.count * walk.tap_count() * groups.count * groups.channels * groups.filters);
}

}  // namespace

std::size_t group_bytes(const WindowWalk& walk, const Groups& groups) {
  if (walk.tap_count() == 0) return 0;
  WindowWalk chunk = walk;
  chunk.channels = groups.most_together(groups.channels);
  return chunk.copy_bytes(block_of(walk, groups));
}

void group_products(const Workers& workers, std::int64_t n, const WindowWalk& walk, const Groups& groups, const real* x,
                    const real* weights, const Epilogue& epilogue, const WindowTarget& target,
                    const ConvScratch& scratch) {
  const std::int64_t block = block_of(walk, groups), blocks = pieces(walk.rows.count, block);
  const bool relu = epilogue.activation.type == Activation::Type::relu;
  workers.run(n * blocks, [&](std::int64_t task, int worker) {
    const std::int64_t image = task / blocks, first = task % blocks * block;
    const std::int64_t rows = std::min(block, walk.rows.count - first);
    real* y = target.data + image * target.image + first * target.row;
    convolve_groups({.walk = walk,
                     .groups = groups,
                     .image = x + image * walk.source_h * walk.source_w * walk.source_c,
                     .weights = weights,
                     .bias = epilogue.bias,
                     .relu = relu,
                     .accumulate = epilogue.accumulate,
                     .y = y,
                     .y_row = target.row,
                     .y_pixel = target.pixel,
                     .first = first,
                     .rows = rows,
                     .copy = scratch.of(worker)});
    if (relu) return;
    for (std::int64_t row = 0; row < rows; ++row)
      apply_epilogue({nullptr, epilogue.activation, false}, walk.columns.count, target.channels, y + row * target.row,
                     target.pixel);
  });
}

namespace {

Groups groups_of(const ConvGeometry& g) { return {g.groups, g.group_c(), g.group_k()}; }

ConvNeeds needs(const ConvGeometry& g) {
  return {.prepared = static_cast<std::size_t>(g.weight_count()) * sizeof(real),
          .worker = group_bytes(forward_walk(g), groups_of(g))};
}

void prepare(const Workers&, const ConvGeometry& g, const real* w, real* prepared) {
  const std::int64_t tap = g.group_c() * g.group_k();
  pack_group_weights(forward_walk(g), groups_of(g), {w, g.taps() * tap, g.kw * tap, tap, g.group_k(), 1}, prepared);
}

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* prepared,
             const Epilogue& epilogue, real* y, const ConvScratch& scratch) {
  group_products(workers, g.n, forward_walk(g), groups_of(g), x, prepared, epilogue,
                 {y, g.oh * g.ow * g.k, g.ow * g.k, g.k, g.k}, scratch);
}

}  // namespace

const ConvForward kGroupsForward{"groups", narrow_groups, needs, prepare, forward};

}  // namespace cnnctl::kernels
