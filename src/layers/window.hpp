// Where windows lie on an image: output sizes and padding of convolution and pooling, with the messages when they do
// not fit. Knows PyTorch's rules; knows no arithmetic on the image.
#pragma once

#include <cstdint>

#include "config/fields.hpp"
#include "tensor/shape.hpp"

namespace cnnctl {

/// A window as the user gave it.
struct Window {
  Extent kernel, stride, dilation;
  Padding padding;
  bool ceil_mode =
      false;  // output sizes round up; then a window may reach beyond the padding, but starts before its end
};

/// The window on one image: sizes of the output, and the padding of each side.
struct WindowPlan {
  std::int64_t out_height = 0, out_width = 0;
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;
};

/// Output height = (height + top + bottom - dilation * (kernel - 1) - 1) / stride + 1, the quotient rounded down (or
/// up, with ceil_mode); width likewise. `same`: output = input / stride rounded up, with the odd padding at the end
/// (SAME_UPPER of ONNX); `full`: every position that touches the image.
/// Throws ShapeError: "window 5x5 does not fit the input 3x3 with padding 0 (output height = (3 + 2*0 - 5) / 1 + 1 =
/// -1)".
WindowPlan plan_window(const Window& window, const Shape& image);

}  // namespace cnnctl
