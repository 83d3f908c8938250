// The phases of an input gradient: with stride s, the pixels of dx that meet the same taps are s apart.
#pragma once

#include <cstdint>

#include "kernels/conv/walk.hpp"

namespace cnnctl::kernels {

/// One axis of a phase. x position p belongs to phase (p + pad) mod stride; tap t reaches it from y position
/// (p + pad - t * dilation) / stride where that is whole.
struct Phase {
  std::int64_t first = 0, count = 0;  // positions of dx: first, first + stride, ...
  std::int64_t last_tap = 0, taps = 0,
               step = 1;  // taps last_tap, last_tap - step, ...: the order of rising y positions
  WindowAxis axis{};      // the walk over dy
};

Phase phase_of(std::int64_t phase, std::int64_t x_size, std::int64_t pad, std::int64_t stride, std::int64_t dilation,
               std::int64_t kernel);

/// The walk of a phase over dy, where it reads `channels` of each pixel.
WindowWalk phase_walk(const ConvGeometry& g, const Phase& rows, const Phase& columns, std::int64_t channels);

/// Calls body(rows, columns, walk) for all phases in order.
template <class Body>
void for_phases(const ConvGeometry& g, std::int64_t channels, const Body& body) {
  for (std::int64_t i = 0; i < g.stride_h; ++i) {
    const Phase rows = phase_of(i, g.h, g.pad_top, g.stride_h, g.dilation_h, g.kh);
    for (std::int64_t j = 0; j < g.stride_w; ++j) {
      const Phase columns = phase_of(j, g.w, g.pad_left, g.stride_w, g.dilation_w, g.kw);
      body(rows, columns, phase_walk(g, rows, columns, channels));
    }
  }
}

}  // namespace cnnctl::kernels
