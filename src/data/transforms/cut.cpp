#include "data/transforms/cut.hpp"

#include <algorithm>

namespace cnnctl {

std::int64_t mirrored(std::int64_t at, std::int64_t size, Border border) {
  if (border == Border::edge || size == 1) return std::clamp<std::int64_t>(at, 0, size - 1);
  const std::int64_t period = border == Border::reflect ? 2 * size - 2 : 2 * size;
  at %= period;
  if (at < 0) at += period;
  return at < size ? at : border == Border::reflect ? period - at : period - 1 - at;
}

void fill_outside(const Plane& plane, Outside fill, std::int64_t count, float* to) {
  if (fill == Outside::black || plane.classes) {
    std::fill_n(to, count * plane.channels, 0.0f);
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) to = std::copy_n(plane.mean, plane.channels, to);
}

void cut(Plane& plane, const PlaneSize& piece, std::int64_t top, std::int64_t left, Outside fill, Border border) {
  const std::int64_t channels = plane.channels;
  const std::int64_t begin = std::clamp<std::int64_t>(-left, 0, piece.width);  // columns that come from inside
  const std::int64_t end = std::clamp<std::int64_t>(plane.width - left, begin, piece.width);
  float* to = plane.spare;
  for (std::int64_t y = 0; y < piece.height; ++y, to += piece.width * channels) {
    const bool inside = y + top >= 0 && y + top < plane.height;
    if (border == Border::constant && !inside) {
      fill_outside(plane, fill, piece.width, to);
      continue;
    }
    const std::int64_t row = inside ? y + top : mirrored(y + top, plane.height, border);
    const float* const from = plane.values + row * plane.row();
    const auto beside = [&](std::int64_t first, std::int64_t last) {
      if (border == Border::constant) return fill_outside(plane, fill, last - first, to + first * channels);
      for (std::int64_t x = first; x < last; ++x)
        std::copy_n(from + mirrored(x + left, plane.width, border) * channels, channels, to + x * channels);
    };
    beside(0, begin);
    std::copy_n(from + (begin + left) * channels, (end - begin) * channels, to + begin * channels);
    beside(end, piece.width);
  }
  plane.exchange(piece.height, piece.width);
}

}  // namespace cnnctl
