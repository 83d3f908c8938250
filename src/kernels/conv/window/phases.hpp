// The phases of an input gradient: with stride s, the pixels of dx that meet the same taps are s apart.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

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

/// The phases of an axis that have positions of dx, in order; whether they have taps is another question. Takes no
/// memory for strides of up to 16: a training step does not either.
class Phases {
 public:
  Phases(std::int64_t x_size, std::int64_t pad, std::int64_t stride, std::int64_t dilation, std::int64_t kernel);
  const Phase* begin() const { return more_.empty() ? few_.data() : more_.data(); }
  const Phase* end() const { return begin() + count_; }

 private:
  std::array<Phase, 16> few_;
  std::vector<Phase> more_;  // in place of these
  std::size_t count_ = 0;
};
inline Phases row_phases(const ConvGeometry& g) { return {g.h, g.pad_top, g.stride_h, g.dilation_h, g.kh}; }
inline Phases column_phases(const ConvGeometry& g) { return {g.w, g.pad_left, g.stride_w, g.dilation_w, g.kw}; }

/// Calls body(rows, columns, walk) for all phases with positions and taps, in order: where a stride is longer than the
/// filter or the image, most have none.
template <class Body>
void for_phases(const ConvGeometry& g, std::int64_t channels, const Body& body) {
  const Phases all_columns = column_phases(g);
  for (const Phase& rows : row_phases(g)) {
    if (rows.taps == 0) continue;
    for (const Phase& columns : all_columns)
      if (columns.taps > 0) body(rows, columns, phase_walk(g, rows, columns, channels));
  }
}

/// Zeroes dx if there are positions that no tap reaches, to which no phase above comes.
void clear_unreached(const Workers& workers, const ConvGeometry& g, real* dx);

}  // namespace cnnctl::kernels
