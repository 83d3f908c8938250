// Padded copies of images, for windows that reach over the border.
#include <algorithm>

#include "kernels/conv/walk.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/walk_source.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

void clear_values(std::int64_t count, real* to) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR { io.store(hn::Zero(Reals()), to + i); });
}

/// to (count, channels) = the first `channels` values of `count` pixels `step` apart.
void copy_pixels(std::int64_t count, std::int64_t channels, const real* from, std::int64_t step, real* to) {
  if (step == channels) channels = step = count * channels, count = 1;
  for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
    for (std::int64_t i = 0; i < count; ++i) io.store(io.load(from + i * step + c), to + i * channels + c);
  });
}

/// Rows [top, top + height) and columns [left, left + width) of an image, zero outside. The columns stand in `phases`
/// phases behind each other, each with its share of the width: columns 0, phases, 2 phases ..., then 1, phases + 1 ...
void copy_window(const WindowWalk& walk, const real* image, std::int64_t top, std::int64_t height, std::int64_t left,
                 std::int64_t width, std::int64_t phases, real* copy) {
  const std::int64_t channels = walk.channels, pitch = walk.source_c, share = pieces(width, phases);
  for (std::int64_t y = top; y < top + height; ++y) {
    if (y < 0 || y >= walk.source_h) {
      clear_values(phases * share * channels, copy);
      copy += phases * share * channels;
      continue;
    }
    for (std::int64_t phase = 0; phase < phases; ++phase, copy += share * channels) {
      const Inside columns(left + phase, phases, share, walk.source_w);
      const real* from = image + (y * walk.source_w + left + phase + columns.begin * phases) * pitch;
      clear_values(columns.begin * channels, copy);
      copy_pixels(columns.end - columns.begin, channels, from, phases * pitch, copy + columns.begin * channels);
      clear_values((share - columns.end) * channels, copy + columns.end * channels);
    }
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(copy_window);

namespace {

/// What result rows [first, first + count) of an image reach, copied unless it stands in the image as it should.
WindowSource source_of(const WindowWalk& walk, const real* image, std::int64_t first, std::int64_t count,
                       std::int64_t phases, bool as_it_is, real* copy) {
  const std::int64_t top = first * walk.rows.step + walk.rows.first, height = walk.rows.reach(count);
  const std::int64_t left = walk.columns.first, width = walk.columns.reach(walk.columns.count);
  const bool inside = top >= 0 && left >= 0 && top + height <= walk.source_h && left + width <= walk.source_w;
  if (inside && as_it_is) return {image + (top * walk.source_w + left) * walk.source_c, walk.source_w, walk.source_c};
  HWY_DYNAMIC_DISPATCH(copy_window)(walk, image, top, height, left, width, phases, copy);
  return {copy, phases * pieces(width, phases), walk.channels};
}

}  // namespace

WindowSource window_source(const WindowWalk& walk, const real* image, std::int64_t first, std::int64_t count,
                           real* copy) {
  return source_of(walk, image, first, count, 1, true, copy);
}

DenseWindows::DenseWindows(const WindowWalk& walk)
    : walk_(walk),
      phases_(walk.columns.taps == 1 ? 1 : walk.columns.tap_step),
      share_(pieces(walk.columns.reach(walk.columns.count), phases_)),
      as_it_is_(walk.columns.taps == 1 || (phases_ == 1 && walk.channels == walk.source_c)) {}

WindowSource DenseWindows::source(const real* image, std::int64_t first, std::int64_t count, real* copy) const {
  return source_of(walk_, image, first, count, phases_, as_it_is_, copy);
}

}  // namespace cnnctl::kernels
#endif
