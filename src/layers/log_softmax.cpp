// layers/log_softmax.cpp - logarithms of the probabilities that softmax gives, without its overflow.
#include "kernels/pointwise/softmax.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class LogSoftmax final : public Layer {
 public:
  void fields(Fields&) override {}

  Plan plan(const Inputs& inputs) override { return plan_in_place(inputs, true); }

  void forward(const Forward& f) const override {
    const Shape& shape = f.output.shape;
    kernels::log_softmax(f.workers, f.part.n * shape.positions(), shape.channels(), f.inputs[0].data, f.output.data);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    const Shape& shape = b.output.shape;
    kernels::log_softmax_grad(b.workers, b.part.n * shape.positions(), shape.channels(), b.output.data,
                              b.output_gradient.data, dx, accumulate);
  }
};

}  // namespace

extern constinit const Kind<Layer> kLogSoftmax =
    kind_of<Layer, LogSoftmax>("log_softmax",
                               "Logarithms of probabilities over the channels, as nll and kl_div take them.\n"
                               "y[c] = x[c] - log(sum over channels of exp(x))",
                               "");

}  // namespace cnnctl
