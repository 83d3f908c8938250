// Padded copies of images, for windows that reach over the border.
#include <algorithm>

#include "kernels/conv_rows.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/window_source.cpp"
#include "kernels/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

void clear_values(std::int64_t count, real* to) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR { io.store(hn::Zero(Reals()), to + i); });
}

void copy_values(std::int64_t count, const real* from, real* to) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR { io.store(io.load(from + i), to + i); });
}

/// Rows [top, top + height) and columns [left, left + width) of an image, (height, width, channels), zero outside.
void copy_window(const WindowWalk& walk, const real* image, std::int64_t top, std::int64_t height, std::int64_t left,
                 std::int64_t width, real* copy) {
  const std::int64_t begin = std::clamp<std::int64_t>(-left, 0, width);
  const std::int64_t end = std::clamp<std::int64_t>(walk.source_w - left, begin, width);
  const std::int64_t channels = walk.channels, pitch = walk.source_c;
  clear_values(height * width * channels, copy);
  for (std::int64_t y = std::max<std::int64_t>(0, top); y < std::min(walk.source_h, top + height); ++y) {
    const real* from = image + (y * walk.source_w + left + begin) * pitch;
    real* to = copy + ((y - top) * width + begin) * channels;
    if (channels == pitch)
      copy_values((end - begin) * channels, from, to);
    else
      for (std::int64_t i = 0; i < end - begin; ++i) copy_values(channels, from + i * pitch, to + i * channels);
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(copy_window);

WindowSource window_source(const WindowWalk& walk, const real* image, std::int64_t first, std::int64_t count,
                           real* copy) {
  const std::int64_t top = first * walk.rows.step + walk.rows.first, height = walk.rows.reach(count);
  const std::int64_t left = walk.columns.first, width = walk.columns.reach(walk.columns.count);
  const bool inside = top >= 0 && left >= 0 && top + height <= walk.source_h && left + width <= walk.source_w;
  if (inside) return {image + (top * walk.source_w + left) * walk.source_c, walk.source_w, walk.source_c};
  HWY_DYNAMIC_DISPATCH(copy_window)(walk, image, top, height, left, width, copy);
  return {copy, width, walk.channels};
}

}  // namespace cnnctl::kernels
#endif
