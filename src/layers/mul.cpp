// layers/mul.cpp - the product of two inputs, value by value; the second may be one number for each channel, as in
// squeeze-and-excitation. Hu, Shen and Sun, CVPR 2018.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "kernels/pointwise/channels.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class Mul final : public Layer {
 public:
  void fields(Fields&) override {}
  std::pair<int, int> arity() const override { return {2, 2}; }

  Plan plan(const Inputs& inputs) override {
    const Shape &x = inputs.shapes[0], &by = inputs.shapes[1];
    const bool per_channel = by.positions() == 1 && by.channels() == x.channels();
    if (!per_channel && !(by == x))
      throw ShapeError(
          fmt::format("mul needs a second input of the first one's shape, {}, or one number for each of "
                      "its {} channels, got {}",
                      x.str(), x.channels(), by.str()));
    positions_ = per_channel ? x.positions() : 1;
    channels_ = per_channel ? x.channels() : x.count();
    Plan plan;
    plan.output = x;
    plan.by_sample = true;
    // Of the inputs only the first is there in backward.
    if (inputs.mode == Mode::train)
      plan.bytes.saved = static_cast<std::size_t>(inputs.batch * channels_) * sizeof(real);
    plan.in_place.forward = inputs.mode == Mode::infer;
    return plan;
  }

  void forward(const Forward& f) const override {
    const real* const by = f.inputs[1].data;
    if (f.mode == Mode::train) std::copy_n(by, f.part.n * channels_, saved(f));
    kernels::scale_channels(f.workers, f.part.n, positions_, channels_, f.inputs[0].data, by, f.output.data, false);
  }

  void backward(const Backward& b) const override {
    const real* const dy = b.output_gradient.data;
    const Gradient dx = b.input_gradients[0], dby = b.input_gradients[1];
    if (dby.data != nullptr)
      kernels::channel_dots(b.workers, b.part.n, positions_, channels_, dy, b.inputs[0].data, dby.data, dby.accumulate);
    if (dx.data != nullptr)
      kernels::scale_channels(b.workers, b.part.n, positions_, channels_, dy, saved(b), dx.data, dx.accumulate);
  }

 private:
  real* saved(const Run& r) const { return reinterpret_cast<real*>(r.memory.saved) + r.part.first * channels_; }

  std::int64_t positions_ = 1, channels_ = 1;  // of a sample: each channel has one factor for all positions
};

}  // namespace

extern constinit const Kind<Layer> kMul =
    kind_of<Layer, Mul>("mul",
                        "Product of two inputs, named by `inputs`; the second may be one number for each channel.\n"
                        "y = x_1 * x_2, or x_1 * x_2[c]\n"
                        "Hu, Shen, Sun, \"Squeeze-and-excitation networks\", CVPR 2018",
                        "");

}  // namespace cnnctl
