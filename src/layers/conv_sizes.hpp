// The sizes of a convolution in one to three dimensions, as those of one of images: a sequence is an image of one row,
// and a volume is one image for each slice of the result, whose channels are those of all slices that a filter sees.
// Knows numbers; knows no algorithm.
#pragma once

#include "kernels/conv/geometry.hpp"
#include "layers/layer.hpp"

namespace cnnctl {

/// The first axis of a volume; as given here, that of an image, which has none.
struct ConvDepth {
  std::int64_t input = 1, output = 1;
  std::int64_t taps = 1, stride = 1, before = 0, dilation = 1;

  /// The slice of the input that a tap meets; one outside of it is padding.
  std::int64_t slice(std::int64_t result, std::int64_t tap) const { return result * stride + tap * dilation - before; }
  bool has(std::int64_t slice) const { return slice >= 0 && slice < input; }
  /// Each result sees the slice of its own number alone.
  bool is_each_by_itself() const { return taps == 1 && stride == 1 && before == 0 && input == output; }
};

/// What a convolution is of: sizes for each axis, of x and y without channels.
struct ConvAxes {
  Sizes x, y, kernel, stride, dilation, before;
  std::int64_t channels = 1, filters = 1, groups = 1;  // of x, of y
};

/// Throws ShapeError unless the groups divide the channels of both sides.
void require_groups(std::int64_t groups, std::int64_t channels, std::int64_t out_channels);

struct ConvSizes {
  kernels::ConvGeometry plane;  // of `batch` images; c counts the channels of all taps of the depth
  ConvDepth depth;

  ConvSizes() = default;
  ConvSizes(const ConvAxes& axes, std::int64_t batch);

  bool is_volume() const { return axes_ == 3; }
  std::int64_t macs() const { return plane.macs() / plane.n * depth.output; }
  /// Filters (K, C/groups, kernel) as PyTorch stores them; fan_in and fan_out are not set.
  Parameter weight(const Init& init) const;

 private:
  int axes_ = 2;
};

}  // namespace cnnctl
