// Sums of neighbouring pixels. Knows offsets and weights; knows no chance.
#pragma once

#include "data/transforms/cut.hpp"

namespace cnnctl {

/// A neighbour that counts with a weight.
struct Tap {
  std::int64_t down, right;
  float weight;
};

/// Each pixel becomes the sum of its neighbours, in their order; beyond the border the picture is mirrored (reflect).
void filter(Plane& plane, std::span<const Tap> taps);

/// A bell curve of so many taps, of sum 1.
std::vector<float> gaussian(std::int64_t size, double sigma);
/// A filter along each axis, both of odd length.
void filter_separably(Plane& plane, std::span<const float> down, std::span<const float> right);

}  // namespace cnnctl
