#include "data/transforms/filter.hpp"

#include <algorithm>
#include <cmath>

namespace cnnctl {
namespace {

/// to[x] += weight * from[x + right] for all pixels x of a row.
void add_shifted(const Plane& plane, const Tap& tap, const float* from, float* __restrict to) {
  const std::int64_t channels = plane.channels, width = plane.width;
  const std::int64_t begin = std::clamp<std::int64_t>(-tap.right, 0, width);
  const std::int64_t end = std::clamp<std::int64_t>(width - tap.right, begin, width);
  const float* const shifted = from + tap.right * channels;
  for (std::int64_t i = begin * channels; i < end * channels; ++i) to[i] += tap.weight * shifted[i];
  const auto beside = [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t x = first; x < last; ++x) {
      const float* const source = from + mirrored(x + tap.right, width, Border::reflect) * channels;
      for (std::int64_t c = 0; c < channels; ++c) to[x * channels + c] += tap.weight * source[c];
    }
  };
  beside(0, begin);
  beside(end, width);
}

}  // namespace

void filter(Plane& plane, std::span<const Tap> taps) {
  for (std::int64_t y = 0; y < plane.height; ++y) {
    float* const to = plane.spare + y * plane.row();
    std::fill_n(to, plane.row(), 0.0f);
    for (const Tap& tap : taps)
      add_shifted(plane, tap, plane.values + mirrored(y + tap.down, plane.height, Border::reflect) * plane.row(), to);
  }
  plane.exchange(plane.height, plane.width);
}

std::vector<float> gaussian(std::int64_t size, double sigma) {
  std::vector<double> curve;
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const double x = (static_cast<double>(i) - 0.5 * static_cast<double>(size - 1)) / sigma;
    curve.push_back(std::exp(-0.5 * x * x));
    sum += curve.back();
  }
  std::vector<float> weights;
  for (const double value : curve) weights.push_back(static_cast<float>(value / sum));
  return weights;
}

void filter_separably(Plane& plane, std::span<const float> down, std::span<const float> right) {
  std::vector<Tap> taps;
  for (std::int64_t i = 0; i < std::ssize(right); ++i)
    taps.push_back({0, i - std::ssize(right) / 2, right[static_cast<std::size_t>(i)]});
  filter(plane, taps);
  taps.clear();
  for (std::int64_t i = 0; i < std::ssize(down); ++i)
    taps.push_back({i - std::ssize(down) / 2, 0, down[static_cast<std::size_t>(i)]});
  filter(plane, taps);
}

}  // namespace cnnctl
