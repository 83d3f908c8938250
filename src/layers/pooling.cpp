#include "layers/pooling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

/// What pooling along one axis is.
struct PooledAxis {
  std::int64_t input = 1, output = 1, window = 1, stride = 1, before = 0, after = 0;
};

kernels::PoolGeometry geometry_of(std::int64_t channels, const PooledAxis& rows, const PooledAxis& columns) {
  return {.channels = channels,
          .height = rows.input,
          .width = columns.input,
          .out_height = rows.output,
          .out_width = columns.output,
          .window_h = rows.window,
          .window_w = columns.window,
          .stride_h = rows.stride,
          .stride_w = columns.stride,
          .top = rows.before,
          .left = columns.before,
          .bottom = rows.after,
          .right = columns.after};
}

}  // namespace

void Pooling::window_fields(Fields& f) {
  f.shorthand("kernel_size");
  f.required("kernel_size", kernel_size_, "size of a window", per_axis(axes_, between(1, kLargestWindow)));
  f.optional("stride", stride_, "step between windows; default: kernel_size",
             per_axis(axes_, between(1, kLargestWindow)));
  f.optional("padding", padding_, "border around the input, less than the window",
             per_axis(axes_, between(0, kLargestWindow)));
  f.optional("ceil_mode", ceil_mode_, "round output sizes up instead of down");
}

Shape Pooling::plan_output(const Inputs& inputs) {
  const Shape& x = inputs.shapes[0];
  const Window window{kernel_size_, stride_.value_or(kernel_size_), Sizes::all(axes_, 1), padding_, ceil_mode_};
  const WindowPlan p = plan_window(window, x);
  std::array<PooledAxis, Sizes::kMaxAxes> last;  // from the last axis on
  std::vector<std::int64_t> sizes{x.channels()};
  for (int i = 0; i < axes_; ++i) {
    if (std::max(p.before[i], p.after[i]) >= kernel_size_[i])
      throw ShapeError(fmt::format(
          "padding must be less than the window {}, or a window could hold nothing but padding", kernel_size_.str()));
    last[static_cast<std::size_t>(axes_ - 1 - i)] = {x.extent(axes_ - 1 - i), p.output[i], kernel_size_[i],
                                                     window.stride[i],        p.before[i], p.after[i]};
    sizes.push_back(p.output[i]);
  }
  plane_ = geometry_of(x.channels(), last[1], last[0]);
  depth_ = geometry_of(plane_.out_height * plane_.out_width * x.channels(), last[2], {});
  slices_ = last[2].input;
  return Shape(sizes);
}

bool Pooling::has_plain_windows(const Sizes& size) const {
  return kernel_size_ == size && stride_.value_or(size) == size && padding_.is_none() && !ceil_mode_;
}

kernels::PoolGeometry Pooling::geometry(std::int64_t n) const {
  kernels::PoolGeometry g = plane_;
  g.n = n * slices_;
  return g;
}

}  // namespace cnnctl
