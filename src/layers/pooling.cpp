#include "layers/pooling.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {}  // namespace

void Pooling::window_fields(Fields& f) {
  f.shorthand("kernel_size");
  f.required("kernel_size", kernel_size_, "size of a window", per_axis(kImageAxes, between(1, kLargestWindow)));
  f.optional("stride", stride_, "step between windows; default: kernel_size",
             per_axis(kImageAxes, between(1, kLargestWindow)));
  f.optional("padding", padding_, "border around the image, less than the window",
             per_axis(kImageAxes, between(0, kLargestWindow)));
  f.optional("ceil_mode", ceil_mode_, "round output sizes up instead of down");
}

Shape Pooling::plan_output(const Inputs& inputs) {
  const Shape& image = inputs.shapes[0];
  const Window window{kernel_size_, stride_.value_or(kernel_size_), Sizes::all(kImageAxes, 1), padding_, ceil_mode_};
  const WindowPlan p = plan_window(window, image);
  for (int i = 0; i < kImageAxes; ++i)
    if (std::max(p.before[i], p.after[i]) >= kernel_size_[i])
      throw ShapeError(fmt::format(
          "padding must be less than the window {}, or a window could hold nothing but padding", kernel_size_.str()));
  geometry_ = {.channels = image.channels(),
               .height = image.height(),
               .width = image.width(),
               .out_height = p.output[0],
               .out_width = p.output[1],
               .window_h = kernel_size_[0],
               .window_w = kernel_size_[1],
               .stride_h = window.stride[0],
               .stride_w = window.stride[1],
               .top = p.before[0],
               .left = p.before[1],
               .bottom = p.after[0],
               .right = p.after[1]};
  return {image.channels(), p.output[0], p.output[1]};
}

bool Pooling::has_plain_windows(const Sizes& size) const {
  return kernel_size_ == size && stride_.value_or(size) == size && padding_.is_none() && !ceil_mode_;
}

kernels::PoolGeometry Pooling::geometry(std::int64_t n) const {
  kernels::PoolGeometry g = geometry_;
  g.n = n;
  return g;
}

}  // namespace cnnctl
