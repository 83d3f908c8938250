// layers/channel_scale.cpp - each channel times a trained factor, as ConvNeXt's layer_scale. Touvron et al., "Going
// deeper with image transformers", 2021.
#include "kernels/matrix/column_sums.hpp"
#include "kernels/pointwise/channels.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class ChannelScale final : public Layer, private Summing {
 public:
  void fields(Fields& f) override {
    f.shorthand("init");
    f.optional("init", init_, "first values of the factors");
  }

  Plan plan(const Inputs& inputs) override {
    const Shape& x = inputs.shapes[0];
    channels_ = x.channels();
    positions_ = x.positions();
    Plan plan;
    plan.output = x;
    plan.by_sample = true;
    sums_ = inputs.parameter_gradients;
    plan.reads.input = sums_;
    plan.in_place = {.forward = inputs.mode == Mode::infer || !sums_, .backward = !sums_};
    if (sums_) plan.bytes.parameter_scratch = kernels::column_sums_scratch(inputs.batch * positions_, channels_);
    std::vector<std::int64_t> shape{channels_};  // as PyTorch stores it, to be multiplied with images: C x 1 x 1
    shape.resize(static_cast<std::size_t>(x.axes()) + 1, 1);
    plan.parameters = {{.name = "",
                        .shape = std::move(shape),
                        .role = Parameter::Role::norm,
                        .init = init_,
                        .split = {},
                        .order = {}}};
    return plan;
  }

  void forward(const Forward& f) const override { scale(f, f.part.n, f.inputs[0].data, f.output.data, false); }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx != nullptr) scale(b, b.part.n, b.output_gradient.data, dx, accumulate);
  }

  const Summing* summing() const override { return sums_ ? this : nullptr; }

  void backward_parameters(const Backward& b) const override {
    kernels::column_dots(b.workers, b.part.n * positions_, channels_, b.inputs[0].data, b.output_gradient.data,
                         b.parameter_gradients[0], b.memory.scratch);
  }

 private:
  /// All samples have the same factors, as if they were one.
  void scale(const Run& r, std::int64_t n, const real* x, real* y, bool accumulate) const {
    kernels::scale_channels(r.workers, 1, n * positions_, channels_, x, r.parameters[0], y, accumulate);
  }

  Init init_{.type = Init::Type::ones};
  bool sums_ = false;
  std::int64_t channels_ = 1, positions_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kChannelScale = kind_of<Layer, ChannelScale>(
    "channel_scale",
    "Each channel times a trained factor, whose name is the layer's own: PyTorch's parameter of a module.\n"
    "y[c] = weight[c] * x[c]\n"
    "Touvron et al., \"Going deeper with image transformers\", ICCV 2021",
    "{init: {type: constant, value: 0.5}}");

}  // namespace cnnctl
