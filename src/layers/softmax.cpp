// layers/softmax.cpp - turns the channels of each position (or the features of a vector) into probabilities.
#include "kernels/pointwise/softmax.hpp"

#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class Softmax final : public Layer {
 public:
  void fields(Fields&) override {}

  Plan plan(const Inputs& inputs) override { return plan_in_place(inputs, true); }

  void forward(const Forward& f) const override {
    const Shape& shape = f.output.shape;
    kernels::softmax(f.workers, f.part.n * shape.positions(), shape.channels(), f.inputs[0].data, f.output.data);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    const Shape& shape = b.output.shape;
    kernels::softmax_grad(b.workers, b.part.n * shape.positions(), shape.channels(), b.output.data,
                          b.output_gradient.data, dx, accumulate);
  }

  Traits traits() const override { return {.probabilities = true}; }
};

}  // namespace

extern constinit const Kind<Layer> kSoftmax = kind_of<Layer, Softmax>(
    "softmax",
    "Probabilities over the channels; cross_entropy takes logits and does not need it.\n"
    "y[c] = exp(x[c]) / sum over channels of exp(x)\n"
    "Bridle, \"Probabilistic interpretation of feedforward classification network outputs\", 1990",
    "");

}  // namespace cnnctl
