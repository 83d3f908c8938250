// layers/add.cpp - the sum of two or more inputs of one shape, as in residual networks.
#include <fmt/format.h>

#include "base/error.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class Add final : public Layer {
 public:
  void fields(Fields&) override {}
  std::pair<int, int> arity() const override { return {2, 1024}; }

  Plan plan(const Inputs& inputs) override {
    for (const Shape& shape : inputs.shapes)
      if (!(shape == inputs.shapes[0]))
        throw ShapeError(
            fmt::format("add needs inputs of one shape, got {} and {}", inputs.shapes[0].str(), shape.str()));
    return plan_in_place(inputs);
  }

  void forward(const Forward& f) const override { kernels::sum(f.workers, f.output.count(), f.inputs, f.output.data); }

  void backward(const Backward& b) const override {
    const ConstView dy = b.output_gradient;
    for (const auto& [dx, accumulate] : b.input_gradients)
      if (dx != nullptr) kernels::copy(b.workers, dy.count(), dy.data, dx, accumulate);
  }

  Traits traits() const override { return {.add = true}; }
};

}  // namespace

extern constinit const Kind<Layer> kAdd =
    kind_of<Layer, Add>("add",
                        "Sum of inputs of one shape, named by `inputs`.\n"
                        "y = x_1 + x_2 + ...\n"
                        "He et al., \"Deep residual learning for image recognition\", CVPR 2016",
                        "");

}  // namespace cnnctl
