// Input gradient of any convolution. With stride s the pixels of dx fall into s*s phases: all pixels of a
// phase meet the same taps of the kernel, so each phase is a convolution of dy, without stride, with those taps turned
// around. No tap is multiplied with a zero that a stride would have left.
#include <algorithm>

#include "kernels/conv/families.hpp"
#include "kernels/conv/window/phases.hpp"
#include "kernels/conv/window/rows.hpp"
#include "kernels/matrix/gemm.hpp"
#include "kernels/matrix/transpose.hpp"
#include "kernels/simd/cut.hpp"

namespace cnnctl::kernels {
namespace {

/// Calls body(rows, columns, walk, offset of the phase's packed weights) for the phases in order; the weights of a
/// phase are (taps, K/groups, C/groups).
template <class Body>
void for_weighted_phases(const ConvGeometry& g, const Body& body) {
  std::int64_t offset = 0;
  for_phases(g, g.group_k(), [&](const Phase& rows, const Phase& columns, const WindowWalk& walk) {
    body(rows, columns, walk, offset);
    offset += packed_weights(walk, g.group_c());
  });
}

bool applies(const ConvGeometry& g) { return !g.depthwise(); }  // whose weights are stored otherwise

/// Values of the packed weights of one group, in all phases.
std::int64_t group_weights(const ConvGeometry& g) {
  std::int64_t values = 0;
  for_phases(g, g.group_k(),
             [&](const Phase&, const Phase&, const WindowWalk& walk) { values += packed_weights(walk, g.group_c()); });
  return values;
}

ConvNeeds needs(const ConvGeometry& g) {
  const std::int64_t turned = g.taps() * g.group_c() * g.group_k();  // one group's weights, on their way
  ConvNeeds n{.prepared = static_cast<std::size_t>(g.groups * group_weights(g) + turned) * sizeof(real)};
  for_phases(g, g.group_k(), [&](const Phase&, const Phase&, const WindowWalk& walk) {
    n.worker = std::max(n.worker, window_bytes(walk, g.group_c()));
  });
  return n;
}

void prepare(const Workers& workers, const ConvGeometry& g, const real* w, real* prepared) {
  const std::int64_t matrix = g.group_c() * g.group_k(), values = group_weights(g);
  real* turned = prepared + g.groups * values;
  for (std::int64_t group = 0; group < g.groups; ++group)
    for_weighted_phases(g, [&](const Phase& rows, const Phase& columns, const WindowWalk& walk, std::int64_t offset) {
      workers.run(rows.taps * columns.taps, [&](std::int64_t i, int) {
        const std::int64_t row = rows.last_tap - i / columns.taps * rows.step;
        const std::int64_t column = columns.last_tap - i % columns.taps * columns.step;
        transpose(g.group_c(), g.group_k(), w + (group * g.taps() + row * g.kw + column) * matrix, g.group_k(),
                  turned + i * matrix, g.group_c());
      });
      pack_window_weights(workers, walk, g.group_c(), turned, prepared + group * values + offset);
    });
}

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* prepared, real* dx,
                    bool accumulate, const ConvScratch& scratch) {
  if (!accumulate) clear_unreached(workers, g, dx);
  for (std::int64_t group = 0; group < g.groups; ++group)
    for_weighted_phases(g, [&](const Phase& rows, const Phase& columns, const WindowWalk& walk, std::int64_t offset) {
      const real* weights = prepared + group * group_weights(g) + offset;
      real* first = dx + (rows.first * g.w + columns.first) * g.c + group * g.group_c();
      window_products(workers, g.n, walk, dy + group * g.group_k(), weights, {nullptr, {}, accumulate},
                      {first, g.h * g.w * g.c, g.stride_h * g.w * g.c, g.stride_w * g.c, g.group_c()}, scratch);
    });
}

}  // namespace

const ConvInputGradient kRowsInput{"rows", applies, needs, prepare, input_gradient};

}  // namespace cnnctl::kernels
