// What adam and adamw share: everything but how weight decay enters.
#pragma once

#include "optim/optimizer.hpp"

namespace cnnctl {

/// Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, as torch.optim.Adam.
class AdamBase : public Optimizer {
 public:
  void fields(Fields& f) override;
  double lr() const override { return lr_; }
  bool decays_bias_and_norm() const override { return decay_bias_and_norm_; }
  std::vector<std::string_view> states() const override { return {"exp_avg", "exp_avg_sq"}; }
  void step(const Step& s) const override;

 protected:
  /// `decoupled`: decay shrinks the weights themselves instead of joining the gradient.
  AdamBase(bool decoupled, double weight_decay) : decoupled_(decoupled), weight_decay_(weight_decay) {}

 private:
  bool decoupled_;
  double lr_ = 1e-3, eps_ = 1e-8, weight_decay_;
  std::vector<double> betas_{0.9, 0.999};
  bool decay_bias_and_norm_ = true;
};

}  // namespace cnnctl
