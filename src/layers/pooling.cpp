#include "layers/pooling.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace cnnctl {

void Pooling::window_fields(Fields& f) {
  f.shorthand("kernel_size");
  f.required("kernel_size", kernel_size_, "window: one number or [height, width]", at_least(1));
  f.optional("stride", stride_, "step between windows; default: kernel_size", at_least(1));
  f.optional("padding", padding_, "border around the image, less than the window", at_least(0));
  f.optional("ceil_mode", ceil_mode_, "round output sizes up instead of down");
}

Shape Pooling::plan_output(const Inputs& inputs) {
  const Shape& image = inputs.shapes[0];
  expect_image(image);
  const Window window{kernel_size_, stride_.value_or(kernel_size_), {1, 1}, padding_, ceil_mode_};
  const WindowPlan p = plan_window(window, image);
  if (std::max(p.top, p.bottom) >= kernel_size_.height || std::max(p.left, p.right) >= kernel_size_.width)
    throw ShapeError(
        fmt::format("padding must be less than the window {}x{}, or a window could hold nothing but padding",
                    kernel_size_.height, kernel_size_.width));
  geometry_ = {.channels = image.channels(),
               .height = image.height(),
               .width = image.width(),
               .out_height = p.out_height,
               .out_width = p.out_width,
               .window_h = kernel_size_.height,
               .window_w = kernel_size_.width,
               .stride_h = window.stride.height,
               .stride_w = window.stride.width,
               .top = p.top,
               .left = p.left,
               .bottom = p.bottom,
               .right = p.right};
  return {image.channels(), p.out_height, p.out_width};
}

bool Pooling::has_plain_windows(Extent size) const {
  return kernel_size_ == size && stride_.value_or(size) == size && padding_ == Padding() && !ceil_mode_;
}

kernels::PoolGeometry Pooling::geometry(std::int64_t n) const {
  kernels::PoolGeometry g = geometry_;
  g.n = n;
  return g;
}

}  // namespace cnnctl
