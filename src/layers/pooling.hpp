// What the pooling layers of sequences, images and volumes share: the window, what YAML says of it, and where it lies.
//
// A sequence is an image of one row. The window of a volume is one of images, for each slice, and behind it one along
// the depth, of an image as wide as one value and with as many channels as a slice has values: the largest value of the
// largest ones, or the mean of the means, is that of all, and of equals the first is the same.
#pragma once

#include <optional>

#include "kernels/pool/pool.hpp"
#include "layers/layer.hpp"
#include "layers/samples.hpp"
#include "layers/window.hpp"

namespace cnnctl {

class Pooling : public Layer {
 protected:
  explicit Pooling(int axes) : axes_(axes), kernel_size_(Sizes::all(axes, 1)) {}

  void window_fields(Fields& f);

  /// Plans the window on the input; throws ShapeError.
  Shape plan_output(const Inputs& inputs);

  Reach reach() const { return Reach::of_windows(kernel_size_, stride_.value_or(kernel_size_), Sizes::all(axes_, 1)); }
  /// Of images, windows of this size, side by side and wholly inside the image.
  bool has_plain_windows(const Sizes& size) const;

  bool is_volume() const { return axes_ == 3; }
  /// The window on n samples that are no volumes, or on the slices of n volumes.
  kernels::PoolGeometry geometry(std::int64_t n) const;
  /// The window along the depth of one volume, behind the other.
  const kernels::PoolGeometry& depth() const { return depth_; }

 private:
  int axes_;
  Sizes kernel_size_;
  std::optional<Sizes> stride_;
  Padding padding_;
  bool ceil_mode_ = false;
  kernels::PoolGeometry plane_;  // of one image
  kernels::PoolGeometry depth_;
  std::int64_t slices_ = 1;
};

}  // namespace cnnctl
