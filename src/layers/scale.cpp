// layers/scale.cpp - y = factor * x + shift, with constants.
#include "kernels/pointwise/channels.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class Scale final : public Layer {
 public:
  void fields(Fields& f) override {
    f.shorthand("factor");
    f.required("factor", factor_, "of every value", between(-1e30, 1e30));
    f.optional("shift", shift_, "added to every value", between(-1e30, 1e30));
  }

  Plan plan(const Inputs& inputs) override {
    Plan plan = plan_in_place(inputs);
    plan.cheap = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    kernels::scale(f.workers, f.output.count(), static_cast<real>(factor_), static_cast<real>(shift_), f.inputs[0].data,
                   f.output.data, false);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx != nullptr)
      kernels::scale(b.workers, b.output_gradient.count(), static_cast<real>(factor_), 0, b.output_gradient.data, dx,
                     accumulate);
  }

 private:
  double factor_ = 1, shift_ = 0;
};

}  // namespace

extern constinit const Kind<Layer> kScale = kind_of<Layer, Scale>("scale",
                                                                  "Multiplies by a constant, and adds one.\n"
                                                                  "y = factor * x + shift",
                                                                  "{factor: 0.1, shift: 0.5}");

}  // namespace cnnctl
