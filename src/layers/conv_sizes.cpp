#include "layers/conv_sizes.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace cnnctl {
namespace {

/// The size of an axis counted from the last one, `none` where there is no such axis.
std::int64_t from_last(const Sizes& sizes, int i, std::int64_t none) {
  return i < sizes.axes() ? sizes[sizes.axes() - 1 - i] : none;
}

}  // namespace

void require_groups(std::int64_t groups, std::int64_t channels, std::int64_t out_channels) {
  if (channels % groups != 0 || out_channels % groups != 0)
    throw ShapeError(fmt::format("groups {} must divide the input's {} channels and out_channels {}", groups, channels,
                                 out_channels));
}

ConvSizes::ConvSizes(const ConvAxes& a, std::int64_t batch) : axes_(a.x.axes()) {
  depth = {.input = from_last(a.x, 2, 1),
           .output = from_last(a.y, 2, 1),
           .taps = from_last(a.kernel, 2, 1),
           .stride = from_last(a.stride, 2, 1),
           .before = from_last(a.before, 2, 0),
           .dilation = from_last(a.dilation, 2, 1)};
  plane = {.n = batch,
           .h = from_last(a.x, 1, 1),
           .w = from_last(a.x, 0, 1),
           .c = a.channels * depth.taps,
           .oh = from_last(a.y, 1, 1),
           .ow = from_last(a.y, 0, 1),
           .k = a.filters,
           .kh = from_last(a.kernel, 1, 1),
           .kw = from_last(a.kernel, 0, 1),
           .stride_h = from_last(a.stride, 1, 1),
           .stride_w = from_last(a.stride, 0, 1),
           .pad_top = from_last(a.before, 1, 0),
           .pad_left = from_last(a.before, 0, 0),
           .dilation_h = from_last(a.dilation, 1, 1),
           .dilation_w = from_last(a.dilation, 0, 1),
           .groups = a.groups};
}

Parameter ConvSizes::weight(const Init& init) const {
  const kernels::ConvGeometry& g = plane;
  const std::int64_t channels = g.group_c() / depth.taps;
  Parameter weight{.name = "weight",
                   .shape = {g.k, channels},
                   .role = Parameter::Role::weight,
                   .init = init,
                   .split = {g.groups, g.group_k(), channels, depth.taps, g.kh, g.kw},
                   .order = g.depthwise() ? std::vector{4, 5, 0, 1, 2, 3} : std::vector{0, 4, 5, 3, 2, 1}};
  const std::int64_t kernel[] = {depth.taps, g.kh, g.kw};
  weight.shape.insert(weight.shape.end(), std::end(kernel) - axes_, std::end(kernel));
  return weight;
}

}  // namespace cnnctl
