// layers/concat.cpp - puts the channels of its inputs one behind the other, as in DenseNet and GoogLeNet.
#include <fmt/format.h>

#include "base/error.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class Concat final : public Layer {
 public:
  void fields(Fields&) override {}
  std::pair<int, int> arity() const override { return {1, 1024}; }

  Plan plan(const Inputs& inputs) override {
    const Shape& first = inputs.shapes[0];
    channels_ = 0;
    for (const Shape& shape : inputs.shapes) {
      if (!(shape.with_channels(first.channels()) == first))
        throw ShapeError(
            fmt::format("concat needs inputs that differ in channels alone, got {} and {}", first.str(), shape.str()));
      channels_ += shape.channels();
    }
    Plan plan;
    plan.output = first.with_channels(channels_);
    plan.reads.input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    real* to = f.output.data;
    for (const ConstView& input : f.inputs) {
      const std::int64_t channels = input.shape.channels();
      kernels::copy_columns(f.workers, f.part.n * input.shape.positions(), channels, input.data, channels, to,
                            channels_, false);
      to += channels;
    }
  }

  void backward(const Backward& b) const override {
    const real* from = b.output_gradient.data;
    for (std::size_t i = 0; i < b.inputs.size(); ++i) {
      const Shape& shape = b.inputs[i].shape;
      const auto [dx, accumulate] = b.input_gradients[i];
      if (dx != nullptr)
        kernels::copy_columns(b.workers, b.part.n * shape.positions(), shape.channels(), from, channels_, dx,
                              shape.channels(), accumulate);
      from += shape.channels();
    }
  }

 private:
  std::int64_t channels_ = 0;
};

}  // namespace

extern constinit const Kind<Layer> kConcat =
    kind_of<Layer, Concat>("concat",
                           "Channels of all inputs, one behind the other, named by `inputs`.\n"
                           "y = the channels of x_1, then those of x_2, ...",
                           "");

}  // namespace cnnctl
