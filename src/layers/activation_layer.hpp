// What the layers of one elementwise activation share. Knows the contract of a layer; knows no formula.
#pragma once

#include "layers/layer.hpp"

namespace cnnctl {

/// y = act(x), for every value. The gradient needs the output alone, so y may overwrite x.
class ActivationLayer : public Layer {
 public:
  Plan plan(const Inputs& inputs) final { return plan_in_place(inputs, true); }

  void forward(const Forward& f) const final {
    kernels::activate(f.workers, activation(), f.output.count(), f.inputs[0].data, f.output.data);
  }

  void backward(const Backward& b) const final {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    kernels::activate_grad(b.workers, activation(), b.output.count(), b.output.data, b.output_gradient.data, dx,
                           accumulate);
  }

  Traits traits() const final { return {.activation = activation()}; }

 protected:
  virtual kernels::Activation activation() const = 0;
};

}  // namespace cnnctl
