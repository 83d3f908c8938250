// Convolution of volumes by that of images: for each slice of the result the slices that its filters see are laid side
// by side, as channels of one image. The copies are a few percent of the work, and every algorithm for images serves.
#pragma once

#include "layers/conv_plain.hpp"
#include "layers/conv_sizes.hpp"

namespace cnnctl {

class ConvVolume final : public ConvMethod {
 public:
  explicit ConvVolume(const ConvDepth& depth) : depth_(depth) {}

  void plan(const kernels::ConvGeometry& geometry, const Inputs& inputs, Plan& plan) override;

  std::size_t prepared() const override { return slices_.prepared(); }
  void prepare(const Workers& workers, const real* weights, real* prepared) const override {
    slices_.prepare(workers, weights, prepared);
  }
  void forward(const Forward& f, const real* weights, const kernels::Epilogue& epilogue) const override;

  void prepare_backward(const Prepare& p) const override { slices_.prepare_backward(p); }
  void input_gradient(const Backward& b) const override;

  std::int64_t sum_values() const override { return slices_.sum_values(); }
  void add_weights(const Backward& b, real* sum, real* scratch) const override;
  void join_weights(const Backward& b, std::int64_t sums, real* all) const override {
    slices_.join_weights(b, sums, all);
  }
  void weight_gradient(const Backward& b) const override;

 private:
  std::int64_t channels() const { return geometry_.c / depth_.taps; }
  std::int64_t slice_values() const { return geometry_.h * geometry_.w * channels(); }
  std::int64_t sample_values() const { return depth_.input * slice_values(); }
  std::int64_t result_values() const { return depth_.output * geometry_.oh * geometry_.ow * geometry_.k; }
  std::int64_t stacked_values() const { return depth_.output * geometry_.h * geometry_.w * geometry_.c; }

  /// Calls body(n, the pass of sample n alone) for each sample: its images as the batch, its results, and unless
  /// `stacked` is null its images of the input, made there if need be.
  template <class Pass, class Body>
  void for_samples(const Pass& pass, real* stacked, const Body& body) const;
  real* own_stack(const Run& r) const;

  /// Calls body(channel among those of a slice, channel among the stacked ones, how many) for what stands together of
  /// the tap's slice.
  template <class Body>
  void for_runs(std::int64_t tap, const Body& body) const;
  /// The images that the results of a sample are convolutions of: x itself, or made at `to`.
  const real* stack(const Workers& workers, const real* x, real* to) const;
  /// dx (or +=) what all images say of each slice.
  void unstack(const Workers& workers, const real* images, real* dx, bool accumulate) const;

  ConvDepth depth_;
  ConvPlain slices_;                 // of one sample
  std::size_t stacked_at_ = 0;       // in a worker's scratch
  std::size_t one_gradient_at_ = 0;  // in the scratch of parameters
};

}  // namespace cnnctl
