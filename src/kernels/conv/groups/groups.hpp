// Convolutions of narrow groups: see conv_groups.cpp. Knows walks over images (conv_rows.hpp).
#pragma once

#include "kernels/conv/algorithm.hpp"
#include "kernels/conv/groups/group_block.hpp"
#include "kernels/conv/walk.hpp"

namespace cnnctl::kernels {

/// Whether groups are too narrow for products of matrices.
constexpr bool narrow_groups(const ConvGeometry& g) {
  return g.groups > 1 && !g.depthwise() && std::max(g.group_c(), g.group_k()) <= kMostNarrow;
}

/// Weights in any order: that of tap (i, j), channel c and filter k of group n is at
/// data[n * group + i * row + j * column + c * channel + k * filter].
struct GroupWeights {
  const real* data;
  std::int64_t group, row, column, channel, filter;
};

/// Calls body(group, i, j, channel, filter) for all weights in the order in which they are packed.
template <class Body>
void for_group_weights(std::int64_t tap_rows, std::int64_t taps, const Groups& groups, const Body& body) {
  const std::int64_t together = groups_together(groups);
  for (std::int64_t first = 0; first < groups.count; first += together)
    for (std::int64_t i = 0; i < tap_rows; ++i)
      for (std::int64_t j = 0; j < taps; ++j)
        for (std::int64_t c = 0; c < groups.channels; ++c)
          for (std::int64_t n = first; n < std::min(first + together, groups.count); ++n)
            for (std::int64_t k = 0; k < groups.filters; ++k) body(n, i, j, c, k);
}

/// packed = the weights in the order in which group_products reads them, which depends on the registers' length; as
/// many values.
void pack_group_weights(const WindowWalk& walk, const Groups& groups, const GroupWeights& w, real* packed);

/// Bytes of one worker for group_products.
std::size_t group_bytes(const WindowWalk& walk, const Groups& groups);

/// As window_products, for all groups: the target's channels are those of all of them.
void group_products(const Workers& workers, std::int64_t n, const WindowWalk& walk, const Groups& groups, const real* x,
                    const real* weights, const Epilogue& epilogue, const WindowTarget& target,
                    const ConvScratch& scratch);

}  // namespace cnnctl::kernels
