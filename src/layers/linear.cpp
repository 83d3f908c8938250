// layers/linear.cpp - a fully connected layer, as torch.nn.Linear: y = x * w' + b, of a vector or of each position's.
#include "kernels/matrix/linear.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "kernels/matrix/column_sums.hpp"
#include "kernels/matrix/panel_product.hpp"
#include "layers/layer.hpp"
#include "layers/parameters.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

using kernels::Activation;

class Linear final : public Layer, private Preparing, private Summing {
 public:
  void fields(Fields& f) override {
    f.shorthand("out_features");
    f.required("out_features", out_features_, "number of outputs", between(1, kLargestSize));
    f.optional("bias", bias_, "add a trained number to each output");
    f.optional("per_position", per_position_,
               "take the channels of each position of an image for a vector of their own");
    f.optional("init", init_, "first values of the weights");
    f.optional("bias_init", bias_init_, "first values of the bias");
  }

  Plan plan(const Inputs& inputs) override {
    const Shape& x = inputs.shapes[0];
    if (x.rank() != 1 && !per_position_)
      throw ShapeError(
          fmt::format("linear expects a vector, got {}; put flatten or global_avg_pool before it", x.str()));
    activation_ = fused_activation(inputs.behind);
    positions_ = x.positions();
    geometry_ = {inputs.batch * positions_, x.channels(), out_features_};
    Plan plan;
    plan.output = x.with_channels(out_features_);
    plan.parameters = parameters();
    require_macs({positions_, geometry_.in, geometry_.out});
    plan.macs = positions_ * geometry_.in * geometry_.out;
    const std::int64_t large = inputs.mode == Mode::train ? kLargeWeights : kHugeWeights;
    packing_ = geometry_.in * geometry_.out >= large && geometry_.n <= kFewRows && geometry_.out >= kManyOutputs;
    if (packing_)
      plan.bytes.worker_scratch = static_cast<std::size_t>(kernels::kPackedValues) * sizeof(real);
    else
      plan.bytes.prepared = static_cast<std::size_t>(geometry_.in * geometry_.out) * sizeof(real);
    parameter_gradients_ = inputs.parameter_gradients;
    if (parameter_gradients_) plan.bytes.parameter_scratch = kernels::column_sums_scratch(geometry_.n, out_features_);
    plan.by_rows = parameter_gradients_;
    plan.reads.input = parameter_gradients_;
    plan.reads.output = activation_.type != Activation::Type::none;
    plan.algorithm = "gemm";
    return plan;
  }

  void prepare(const Prepare& p) const override {
    kernels::linear_pack(p.workers, geometry_, p.parameters[0], panels(p.prepared));
  }

  void forward(const Forward& f) const override {
    const real* const bias = bias_ ? f.parameters[1] : nullptr;
    if (packing_)
      kernels::linear_packing(f.workers, geometry(f.part.n), f.inputs[0].data, f.parameters[0], bias, activation_,
                              f.output.data, [&](int worker) { return panels(f.memory.scratch_of(worker)); });
    else
      kernels::linear(f.workers, geometry(f.part.n), f.inputs[0].data, panels(f.memory.prepared), bias, activation_,
                      f.output.data);
  }

  void backward(const Backward& b) const override {
    real* dy = b.output_gradient.data;
    if (activation_.type != Activation::Type::none)
      kernels::activate_grad(b.workers, activation_, b.output.count(), b.output.data, dy, dy, false);
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx != nullptr)
      kernels::linear_input_gradient(b.workers, geometry(b.part.n), dy, b.parameters[0], dx, accumulate);
  }

  void backward_parameters(const Backward& b) const override { backward_rows(b, 0, out_features_); }

  void backward_rows(const Backward& b, std::int64_t first, std::int64_t rows) const override {
    const real* dy = b.output_gradient.data;
    if (bias_ && b.parameter_gradients[1] != nullptr)
      kernels::column_sums(b.workers, geometry(b.part.n).n, out_features_, dy, b.parameter_gradients[1],
                           b.memory.scratch);
    if (b.parameter_gradients[0] != nullptr)
      kernels::linear_weight_gradient(b.workers, geometry(b.part.n), {first, rows}, b.inputs[0].data, dy,
                                      b.parameter_gradients[0]);
  }

  const Preparing* preparing() const override { return this; }
  const Summing* summing() const override { return parameter_gradients_ ? this : nullptr; }

  Traits traits() const override { return {.bias = bias_}; }

  bool fuses(const Inputs& inputs, const Traits& next) const override {
    return inputs.behind.empty() && next.activation.has_value();
  }

 private:
  // Where weights are large and rows few, as behind the convolutions of AlexNet and VGG, reading the weights is the
  // work. In training, where they change from step to step, a packed copy would take more time than the product; in
  // inference it saves a fifth of the time, and has to go where it would be most of what the network takes. Values of
  // weights from which on, most rows, fewest columns:
  static constexpr std::int64_t kLargeWeights = 1 << 20, kHugeWeights = 1 << 26, kFewRows = 256, kManyOutputs = 256;

  std::vector<Parameter> parameters() const {
    Parameter weight{.name = "weight",
                     .shape = {geometry_.out, geometry_.in},
                     .role = Parameter::Role::weight,
                     .init = init_,
                     .split = {},
                     .order = {}};
    weight.init.fan_in = geometry_.in;
    weight.init.fan_out = geometry_.out;
    return weight_and_bias(std::move(weight), geometry_.out, bias_ ? &bias_init_ : nullptr);
  }

  kernels::LinearGeometry geometry(std::int64_t n) const { return {n * positions_, geometry_.in, geometry_.out}; }
  static real* panels(std::byte* prepared) { return reinterpret_cast<real*>(prepared); }

  std::int64_t out_features_ = 1;
  bool bias_ = true, per_position_ = false;
  Init init_, bias_init_;

  Activation activation_;  // fused behind
  kernels::LinearGeometry geometry_{};
  std::int64_t positions_ = 1;  // of a sample
  bool parameter_gradients_ = true, packing_ = false;
};

}  // namespace

extern constinit const Kind<Layer> kLinear = kind_of<Layer, Linear>("linear",
                                                                    "Weighted sums of all inputs, as torch.nn.Linear.\n"
                                                                    "y = W x + b",
                                                                    "{out_features: 10}");

}  // namespace cnnctl
