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

namespace {

bool has_untapped(const Phases& phases) {
  return std::any_of(phases.begin(), phases.end(), [](const Phase& phase) { return phase.taps == 0; });
}

}  // namespace

Phases::Phases(std::int64_t x_size, std::int64_t pad, std::int64_t stride, std::int64_t dilation, std::int64_t kernel) {
  // Of a stride that is longer than the padded image the other phases have no position.
  const std::int64_t most = std::min(stride, x_size + pad);
  if (most > static_cast<std::int64_t>(few_.size())) more_.resize(static_cast<std::size_t>(most));
  Phase* to = more_.empty() ? few_.data() : more_.data();
  for (std::int64_t i = 0; i < most; ++i) {
    const Phase phase = phase_of(i, x_size, pad, stride, dilation, kernel);
    if (phase.count > 0) to[count_++] = phase;
  }
}

void clear_unreached(const Workers& workers, const ConvGeometry& g, real* dx) {
  if (!has_untapped(row_phases(g)) && !has_untapped(column_phases(g))) return;
  const std::int64_t row = g.w * g.c;
  for_rows(workers, g.n * g.h, row,
           [&](std::int64_t first, std::int64_t count) { std::fill_n(dx + first * row, count * row, real{0}); });
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
