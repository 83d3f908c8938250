#include "kernels/conv/window/phases.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/simd/cut.hpp"

namespace cnnctl::kernels {

Phase phase_of(std::int64_t phase, std::int64_t x_size, std::int64_t pad, std::int64_t stride, std::int64_t dilation,
               std::int64_t kernel) {
  Phase p;
  p.first = ((phase - pad) % stride + stride) % stride;
  p.count = p.first < x_size ? pieces(x_size - p.first, stride) : 0;
  const std::int64_t common = std::gcd(stride, dilation);
  p.step = stride / common;
  std::int64_t tap = 0;
  while (tap < std::min(kernel, p.step) && (phase - tap * dilation) % stride != 0) ++tap;
  if (tap < std::min(kernel, p.step)) p.taps = (kernel - 1 - tap) / p.step + 1;
  p.last_tap = tap + (p.taps - 1) * p.step;
  const std::int64_t first_y = (p.first + pad - p.last_tap * dilation) / stride;  // exact by the choice of taps
  p.axis = {.count = p.count, .step = 1, .first = first_y, .taps = p.taps, .tap_step = dilation / common};
  return p;
}

WindowWalk phase_walk(const ConvGeometry& g, const Phase& rows, const Phase& columns, std::int64_t channels) {
  return {.rows = rows.axis,
          .columns = columns.axis,
          .source_h = g.oh,
          .source_w = g.ow,
          .source_c = g.k,
          .channels = channels};
}

}  // namespace cnnctl::kernels
