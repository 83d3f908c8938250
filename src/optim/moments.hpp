// What the optimizers share that keep running means of the gradient and of its square: their fields.
#pragma once

#include "optim/optimizer.hpp"

namespace cnnctl {

class MomentsOptimizer : public Optimizer {
 public:
  void fields(Fields& f) override;
  double lr() const override { return lr_; }
  bool decays_bias_and_norm() const override { return decay_bias_and_norm_; }
  std::vector<std::string_view> states() const override { return {"exp_avg", "exp_avg_sq"}; }

 protected:
  /// `decoupled`: decay shrinks the weights themselves instead of joining the gradient.
  struct Defaults {
    double lr = 1e-3, weight_decay = 0;
    bool decoupled = false;
    double beta2 = 0.999;
  };
  explicit MomentsOptimizer(const Defaults& d)
      : decoupled_(d.decoupled), lr_(d.lr), weight_decay_(d.weight_decay), betas_{0.9, d.beta2} {}

  double beta1() const { return betas_[0]; }
  double beta2() const { return betas_[1]; }
  double eps() const { return eps_; }
  bool decoupled() const { return decoupled_; }
  double weight_decay() const { return weight_decay_; }

 private:
  bool decoupled_;
  double lr_, eps_ = 1e-8, weight_decay_;
  std::vector<double> betas_;
  bool decay_bias_and_norm_ = true;
};

}  // namespace cnnctl
