// The convolution by itself: an algorithm for each of its three products, chosen by the geometry.
#pragma once

#include <string>

#include "layers/conv_method.hpp"

namespace cnnctl {

class ConvPlain final : public ConvMethod {
 public:
  void plan(const kernels::ConvGeometry& geometry, const Inputs& inputs, Plan& plan) override;

  std::size_t prepared() const override;
  void prepare(const Workers& workers, const real* weights, real* prepared) const override;
  void forward(const Forward& f, const real* weights, const kernels::Epilogue& epilogue) const override;

  void prepare_backward(const Prepare& p) const override;
  void input_gradient(const Backward& b) const override;

  std::int64_t sum_values() const override;
  void add_weights(const Backward& b, real* sum, real* scratch) const override;
  void join_weights(const Backward& b, std::int64_t sums, real* all) const override;
  void weight_gradient(const Backward& b) const override;

 private:
  void plan_weight_gradient(const Inputs& inputs, Plan& plan);
  void plan_input_gradient(const Inputs& inputs, Plan& plan);
  std::string algorithms() const;

  const kernels::ConvForward* forward_ = nullptr;
  const kernels::ConvInputGradient* input_ = nullptr;    // null: not wanted
  const kernels::ConvWeightGradient* weight_ = nullptr;  // likewise
};

}  // namespace cnnctl
