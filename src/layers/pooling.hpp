// What max_pool2d and avg_pool2d share: the window, what YAML says of it, and where it lies.
#pragma once

#include <optional>

#include "kernels/pool/pool.hpp"
#include "layers/layer.hpp"
#include "layers/window.hpp"

namespace cnnctl {

class Pooling : public Layer {
 protected:
  void window_fields(Fields& f);

  /// Plans the window on the image; throws ShapeError.
  Shape plan_output(const Inputs& inputs);

  /// Windows of this size, side by side and wholly inside the image.
  bool has_plain_windows(const Sizes& size) const;

  /// The window on a batch of n images.
  kernels::PoolGeometry geometry(std::int64_t n) const;

 private:
  Sizes kernel_size_;
  std::optional<Sizes> stride_;
  Padding padding_;
  bool ceil_mode_ = false;
  kernels::PoolGeometry geometry_;  // of one image
};

}  // namespace cnnctl
