// What adaptive pooling of sequences, images and volumes shares: how many windows, and where they lie.
//
// A sequence is an image of one row. The windows of a volume are those of images, for each slice, and behind them those
// along the depth, as pooling.hpp says.
#pragma once

#include "kernels/pool/adaptive_pool.hpp"
#include "layers/layer.hpp"
#include "layers/samples.hpp"

namespace cnnctl {

class AdaptivePooling : public Layer {
 public:
  void fields(Fields& f) final;

 protected:
  explicit AdaptivePooling(int axes) : axes_(axes), output_size_(Sizes::all(axes, 1)) {}

  /// Plans the windows on the input; throws ShapeError.
  Shape plan_output(const Inputs& inputs);

  Reach reach() const { return reach_; }

  bool is_volume() const { return axes_ == 3; }
  /// One window of all positions, which there are so many of.
  bool is_global() const { return output_size_.are_all(1); }
  std::int64_t positions() const { return positions_; }
  std::int64_t channels() const { return plane_.channels; }
  /// The windows on n samples that are no volumes, or on the slices of n volumes.
  kernels::AdaptivePoolGeometry geometry(std::int64_t n) const;
  /// The windows along the depth of one volume, behind the others.
  const kernels::AdaptivePoolGeometry& depth() const { return depth_; }

 private:
  int axes_;
  Sizes output_size_;
  kernels::AdaptivePoolGeometry plane_;  // of one image
  kernels::AdaptivePoolGeometry depth_;
  Reach reach_;
  std::int64_t slices_ = 1, positions_ = 1;
};

}  // namespace cnnctl
