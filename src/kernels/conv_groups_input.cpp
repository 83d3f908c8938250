// Input gradient of convolutions in narrow groups: the phases of conv_rows_input.cpp, all groups of a phase together.
#include "kernels/conv_groups.hpp"
#include "kernels/conv_phases.hpp"

namespace cnnctl::kernels {
namespace {

WindowWalk walk_of(const ConvGeometry& g, const Phase& rows, const Phase& columns) {
  return {.rows = rows.axis,
          .columns = columns.axis,
          .source_h = g.oh,
          .source_w = g.ow,
          .source_c = g.k,
          .channels = g.group_k()};
}

/// Those of dy lead to those of dx.
Groups groups_of(const ConvGeometry& g) { return {g.groups, g.group_k(), g.group_c()}; }

/// Calls body(walk, rows, columns, offset of the phase's packed weights) for the phases in order.
template <class Body>
void for_phases(const ConvGeometry& g, const Body& body) {
  std::int64_t offset = 0;
  for (std::int64_t i = 0; i < g.stride_h; ++i) {
    const Phase rows = phase_of(i, g.h, g.pad_top, g.stride_h, g.dilation_h, g.kh);
    for (std::int64_t j = 0; j < g.stride_w; ++j) {
      const Phase columns = phase_of(j, g.w, g.pad_left, g.stride_w, g.dilation_w, g.kw);
      const WindowWalk walk = walk_of(g, rows, columns);
      body(walk, rows, columns, offset);
      offset += walk.tap_count() * g.group_c() * g.k;
    }
  }
}

ConvNeeds needs(const ConvGeometry& g) {
  ConvNeeds needs{.prepared = static_cast<std::size_t>(g.weight_count()) * sizeof(real)};
  for_phases(g, [&](const WindowWalk& walk, const Phase& rows, const Phase& columns, std::int64_t) {
    if (rows.count * columns.count > 0) needs.worker = std::max(needs.worker, group_bytes(walk, groups_of(g)));
  });
  return needs;
}

void prepare(const Workers&, const ConvGeometry& g, const real* w, real* prepared) {
  const std::int64_t tap = g.group_c() * g.group_k(), row = g.kw * tap;
  for_phases(g, [&](const WindowWalk& walk, const Phase& rows, const Phase& columns, std::int64_t offset) {
    if (walk.tap_count() == 0) return;
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
  for_phases(g, [&](const WindowWalk& walk, const Phase& rows, const Phase& columns, std::int64_t offset) {
    if (rows.count * columns.count == 0) return;
    real* first = dx + (rows.first * g.w + columns.first) * g.c;
    group_products(workers, g.n, walk, groups_of(g), dy, prepared + offset, {nullptr, {}, accumulate},
                   {first, g.h * g.w * g.c, g.stride_h * g.w * g.c, g.stride_w * g.c, g.c}, scratch);
  });
}

}  // namespace

const ConvInputGradient kGroupsInput{"groups", narrow_groups, needs, prepare, input_gradient};

}  // namespace cnnctl::kernels
