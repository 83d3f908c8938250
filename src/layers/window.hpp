// Where windows lie on an image, a sequence or a volume: output sizes and padding of convolution and pooling, with the
// messages when they do not fit. Knows PyTorch's rules; knows no arithmetic on the values.
#pragma once

#include <cstdint>

#include "config/fields.hpp"
#include "tensor/shape.hpp"

namespace cnnctl {

constexpr int kImageAxes = 2;

/// A window as the user gave it: numbers for each of one to three axes, the same ones in every member.
struct Window {
  Sizes kernel, stride, dilation;
  Padding padding;
  bool ceil_mode =
      false;  // output sizes round up; then a window may reach beyond the padding, but starts before its end

  int axes() const { return kernel.axes(); }
};

/// The window on one sample: sizes of the output, and the padding at both ends of each axis.
struct WindowPlan {
  Sizes output, before, after;
};

/// Each axis by itself: output = (input + before + after - dilation * (kernel - 1) - 1) / stride + 1, the quotient
/// rounded down (or up, with ceil_mode). `same`: output = input / stride rounded up, with the odd padding at the end
/// (SAME_UPPER of ONNX); `full`: every position that touches the input.
/// Throws ShapeError if the input has other axes, "expects an image (channels x height x width), got 120", or is too
/// small: "window 5x5 does not fit the input 3x3 with padding 0 (output height = (3 + 2*0 - 5) / 1 + 1 = -1)".
WindowPlan plan_window(const Window& window, const Shape& input);

}  // namespace cnnctl
