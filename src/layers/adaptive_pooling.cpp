#include "layers/adaptive_pooling.hpp"

#include <vector>

#include "tensor/limits.hpp"

namespace cnnctl {

void AdaptivePooling::fields(Fields& f) {
  f.shorthand("output_size");
  f.required("output_size", output_size_, "positions of the output", per_axis(axes_, between(1, kLargestWindow)));
}

Shape AdaptivePooling::plan_output(const Inputs& inputs) {
  const Shape& x = inputs.shapes[0];
  expect_axes(x, axes_);
  // From the last axis on; axes that a sequence or an image does not have are of one place.
  const auto in = [&](int axis) { return axis < axes_ ? x.extent(axis) : 1; };
  const auto out = [&](int axis) { return axis < axes_ ? output_size_[axes_ - 1 - axis] : 1; };
  plane_ = {.channels = x.channels(), .height = in(1), .width = in(0), .out_height = out(1), .out_width = out(0)};
  depth_ = {.channels = out(1) * out(0) * x.channels(), .height = in(2), .out_height = out(2)};
  slices_ = in(2);
  positions_ = x.positions();
  reach_.window = Sizes::all(axes_, 1);
  for (int i = 0; i < axes_; ++i) {
    const std::int64_t input = in(axes_ - 1 - i), output = output_size_[i];
    reach_.window[i] = kernels::AdaptivePoolGeometry{.width = input, .out_width = output}.places();
    reach_.stride[static_cast<std::size_t>(i)] = static_cast<double>(input) / static_cast<double>(output);
  }
  std::vector<std::int64_t> sizes{x.channels()};
  for (int i = 0; i < axes_; ++i) sizes.push_back(output_size_[i]);
  return Shape(sizes);
}

kernels::AdaptivePoolGeometry AdaptivePooling::geometry(std::int64_t n) const {
  kernels::AdaptivePoolGeometry g = plane_;
  g.n = n * slices_;
  return g;
}

}  // namespace cnnctl
