// The phases of an input gradient: with stride s, the pixels of dx that meet the same taps are s apart. Knows one axis.
#pragma once

#include <cstdint>

#include "kernels/conv_rows.hpp"

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

}  // namespace cnnctl::kernels
