// Which inputs a pooling window holds and which windows hold an input, along one axis.
// Knows numbers; knows no data.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/pool/pool.hpp"

namespace cnnctl::kernels {

/// first <= i < last.
struct Span {
  std::int64_t first, last;
};

/// The places of a window starting at `start` (padding is negative, or beyond `size`) that lie in the image.
inline Span inside(std::int64_t start, std::int64_t window, std::int64_t size) {
  return {std::max<std::int64_t>(0, -start), std::min(window, size - start)};
}

/// Moves on from the windows that hold an earlier place to those that hold `at` (counted from the first padding);
/// starts from {0, 0}.
inline void advance(Span& windows, std::int64_t at, std::int64_t window, std::int64_t stride, std::int64_t outputs) {
  while (windows.first < outputs && windows.first * stride + window <= at) ++windows.first;
  while (windows.last < outputs && windows.last * stride <= at) ++windows.last;
}

/// The same from the start.
inline Span windows_at(std::int64_t at, std::int64_t window, std::int64_t stride, std::int64_t outputs) {
  return {at < window ? 0 : (at - window) / stride + 1, std::min(outputs, at / stride + 1)};
}

/// Channels of one pixel of `winners`.
inline std::int64_t padded_channels(const PoolGeometry& g) { return (g.channels + 15) / 16 * 16; }

/// Whether a place needs two bytes.
inline bool wide_places(const PoolGeometry& g) { return g.window_h * g.window_w > 256; }

}  // namespace cnnctl::kernels
