// What the layers of one elementwise function share whose gradient needs its input. Knows the contract of a layer;
// knows no formula.
#pragma once

#include "kernels/pointwise/curve.hpp"
#include "layers/layer.hpp"

namespace cnnctl {

/// y = f(x), for every value.
class CurveLayer : public Layer {
 public:
  void fields(Fields&) override {}

  Plan plan(const Inputs& inputs) final {
    Plan plan;
    plan.output = inputs.shapes[0];
    plan.in_place = {inputs.mode == Mode::infer, true};  // in training the input is read again
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const final {
    kernels::curve(f.workers, curve(), f.output.count(), f.inputs[0].data, f.output.data);
  }

  void backward(const Backward& b) const final {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    kernels::curve_grad(b.workers, curve(), b.output_gradient.count(), b.inputs[0].data, b.output_gradient.data, dx,
                        accumulate);
  }

 protected:
  virtual kernels::Curve curve() const = 0;
};

}  // namespace cnnctl
