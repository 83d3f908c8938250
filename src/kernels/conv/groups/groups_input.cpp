// Input gradient of convolutions in narrow groups: the phases of conv_rows_input.cpp, all groups of a phase together.
#include "kernels/conv/families.hpp"
#include "kernels/conv/groups/groups.hpp"
#include "kernels/conv/window/phases.hpp"

namespace cnnctl::kernels {
namespace {

/// Those of dy lead to those of dx.
Groups groups_of(const ConvGeometry& g) { return {g.groups, g.group_k(), g.group_c()}; }

/// Calls body(rows, columns, walk, offset of the phase's packed weights) for the phases in order.
template <class Body>
void for_weighted_phases(const ConvGeometry& g, const Body& body) {
  std::int64_t offset = 0;
  for_phases(g, g.group_k(), [&](const Phase& rows, const Phase& columns, const WindowWalk& walk) {
    body(rows, columns, walk, offset);
    offset += walk.tap_count() * g.group_c() * g.k;
  });
}

ConvNeeds needs(const ConvGeometry& g) {
  ConvNeeds needs{.prepared = static_cast<std::size_t>(g.weight_count()) * sizeof(real)};
  for_phases(g, g.group_k(), [&](const Phase&, const Phase&, const WindowWalk& walk) {
    needs.worker = std::max(needs.worker, group_bytes(walk, groups_of(g)));
  });
  return needs;
}

void prepare(const Workers&, const ConvGeometry& g, const real* w, real* prepared) {
  const std::int64_t tap = g.group_c() * g.group_k(), row = g.kw * tap;
  for_weighted_phases(g, [&](const Phase& rows, const Phase& columns, const WindowWalk& walk, std::int64_t offset) {
    pack_group_weights(walk, groups_of(g),
                       {.data = w + rows.last_tap * row + columns.last_tap * tap,
                        .group = g.kh * row,
                        .row = -rows.step * row,
                        .column = -columns.step * tap,
                        .channel = 1,
                        .filter = g.group_k()},
                       prepared + offset);
  });
}

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* prepared, real* dx,
                    bool accumulate, const ConvScratch& scratch) {
  if (!accumulate) clear_unreached(workers, g, dx);
  for_weighted_phases(g, [&](const Phase& rows, const Phase& columns, const WindowWalk& walk, std::int64_t offset) {
    real* first = dx + (rows.first * g.w + columns.first) * g.c;
    group_products(workers, g.n, walk, groups_of(g), dy, prepared + offset, {nullptr, {}, accumulate},
                   {first, g.h * g.w * g.c, g.stride_h * g.w * g.c, g.stride_w * g.c, g.c}, scratch);
  });
}

}  // namespace

const ConvInputGradient kGroupsInput{"groups", narrow_groups, needs, prepare, input_gradient};

}  // namespace cnnctl::kernels
