// The convolution with max pooling in windows of 2x2 behind it: its result is never stored.
#pragma once

#include "layers/conv_method.hpp"

namespace cnnctl {

class ConvPool final : public ConvMethod {
 public:
  void plan(const kernels::ConvGeometry& geometry, const Inputs& inputs, Plan& plan) override;

  std::size_t prepared() const override { return 0; }
  void prepare(const Workers& workers, const real* weights, real* prepared) const override {
    kernels::copy_weights(workers, geometry_, weights, prepared);
  }
  void forward(const Forward& f, const real* weights, const kernels::Epilogue& epilogue) const override;

  void prepare_backward(const Prepare& p) const override;
  void input_gradient(const Backward& b) const override;

  std::int64_t sum_values() const override;
  void add_weights(const Backward& b, real* sum, real* scratch) const override;
  void join_weights(const Backward& b, std::int64_t sums, real* all) const override;
  void weight_gradient(const Backward&) const override {}  // is always summed

 private:
  std::byte* winners(const Run& r) const;
};

}  // namespace cnnctl
