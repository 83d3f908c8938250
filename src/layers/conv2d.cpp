// layers/conv2d.cpp - convolution of images, as torch.nn.Conv2d: y = w * x + b.
//
// May absorb max pooling in windows of 2x2 and an activation: y = act(max_pool(w * x + b)).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "kernels/conv/choice.hpp"
#include "kernels/matrix/column_sums.hpp"
#include "kernels/pointwise/reduce.hpp"
#include "layers/conv_pool.hpp"
#include "layers/layer.hpp"
#include "layers/window.hpp"

namespace cnnctl {
namespace {

using kernels::Activation;

constexpr std::size_t kCachedWeights = 1 << 20;  // bytes of weights that a worker may read again for every group

class Conv2d final : public Layer {
 public:
  void fields(Fields& f) override {
    f.shorthand("out_channels");
    f.required("out_channels", out_channels_, "number of filters", at_least(1));
    f.required("kernel_size", kernel_size_, "window of a filter: one number or [height, width]", at_least(1));
    f.optional("stride", stride_, "step between windows", at_least(1));
    f.optional("padding", padding_,
               "zeros around the image: a number, [vertical, horizontal], [top, left, bottom, "
               "right], or same, valid, full",
               at_least(0));
    f.optional("dilation", dilation_, "distance between the taps of a filter", at_least(1));
    f.optional("groups", groups_,
               "channels are split into this many groups that do not mix; as many groups as "
               "channels: depthwise",
               at_least(1));
    f.optional("bias", bias_, "add a trained number to each output channel");
    f.optional("init", init_, "first values of the weights");
    f.optional("bias_init", bias_init_, "first values of the bias");
  }

  Plan plan(const Inputs& inputs) override {
    const Shape& x = inputs.shapes[0];
    expect_image(x);
    set_geometry(x, inputs.batch);
    Plan plan;
    plan.output = {out_channels_, geometry_.oh, geometry_.ow};
    plan.parameters = parameters();
    plan.macs = geometry_.macs() / geometry_.n;
    plan.backward_reads_output = activation_.type != Activation::Type::none;
    if (pool_) pool_.emplace(geometry_);
    plan_memory(inputs, plan);
    return plan;
  }

  void prepare(const Prepare& p) const override {
    if (p.direction == Direction::backward) {
      if (pool_) return pool_->prepare_backward(p);
      input_->prepare(p.workers, geometry_, p.parameters[0], at(p.prepared, 0));
      return;
    }
    const real* weights = folded_eps_ ? fold(p) : p.parameters[0];
    forward_->prepare(p.workers, geometry_, weights, at(p.prepared, forward_at_));
  }

  void forward(const Forward& f) const override {
    const real* bias = folded_eps_ ? at(f.prepared, bias_at_) : bias_ ? f.parameters[1] : nullptr;
    const real* weights = direct() ? f.parameters[0] : at(f.prepared, forward_at_);
    if (pool_) return pool_->forward(f, weights, bias, activation_);
    forward_->run(f.workers, geometry(f.n), f.inputs[0].data, weights, {bias, activation_, false}, f.output.data,
                  scratch(f));
  }

  void backward(const Backward& b) const override {
    const kernels::ConvGeometry g = geometry(b.n);
    real* dy = b.output_gradient.data;
    if (activation_.type != Activation::Type::none)
      kernels::activate_grad(b.workers, activation_, b.output.count(), b.output.data, dy, dy, false);
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    if (pool_) return pool_->backward(b);
    const real* weights = input_direct() ? b.parameters[0] : at(b.prepared, 0);
    input_->run(b.workers, g, dy, weights, dx, accumulate, scratch(b));
  }

  void backward_parameters(const Backward& b) const override {
    const kernels::ConvGeometry g = geometry(b.n);
    const real* dy = b.output_gradient.data;
    if (bias_) kernels::column_sums(b.workers, g.out_pixels(), g.k, dy, b.parameter_gradients[1], b.scratch);
    weight_->run(b.workers, g, b.inputs[0].data, dy, b.parameter_gradients[0], scratch(b));
  }

  void add_parameters(const Backward& b, const ParameterSums& sums) const override {
    const std::int64_t values = sum_values();
    real* weight = weight_sums(sums) + sums.index * values;
    if (sums.first) std::fill_n(weight, values, real{0});
    b.workers.run(1, [&](std::int64_t, int worker) {
      if (pool_)
        pool_->add_weights(b, weight, reinterpret_cast<std::byte*>(scratch(b).of(worker)));
      else
        weight_->add(geometry(b.n), b.inputs[0].data, b.output_gradient.data, weight, scratch(b).of(worker));
      if (bias_) add_bias(b, sums, scratch(b).of(worker));
    });
  }

  void join_parameters(const Backward& b, const ParameterSums& sums) const override {
    const kernels::ConvGeometry g = geometry(b.n);
    const auto join = pool_ ? kernels::conv_pool_join_weights : weight_->join;
    join(b.workers, g, sums.count, weight_sums(sums), b.parameter_gradients[0]);
    if (bias_) kernels::join_sums(b.workers, sums.count, g.k, bias_sums(sums), b.parameter_gradients[1]);
  }

  /// An activation runs where the result is stored; in inference a batch norm is folded into weights and bias.
  bool absorb(const Traits& next, Mode mode, const Shape& input) override {
    if (activation_.type != Activation::Type::none) return false;
    set_geometry(input, 1);
    if (next.batch_norm && mode == Mode::infer && !folded_eps_ && !pool_)
      folded_eps_ = next.batch_norm;
    else if (next.max_pool_2x2 && !pool_ && kernels::conv_pool_applies(geometry_))
      pool_.emplace(geometry_);
    else if (next.activation)
      activation_ = *next.activation;
    else
      return false;
    return true;
  }

 private:
  void set_geometry(const Shape& x, std::int64_t batch) {
    if (x.channels() % groups_ != 0 || out_channels_ % groups_ != 0)
      throw ShapeError(fmt::format("groups {} must divide the input's {} channels and out_channels {}", groups_,
                                   x.channels(), out_channels_));
    const WindowPlan window = plan_window({kernel_size_, stride_, dilation_, padding_, false}, x);
    geometry_ = {.n = batch,
                 .h = x.height(),
                 .w = x.width(),
                 .c = x.channels(),
                 .oh = window.out_height,
                 .ow = window.out_width,
                 .k = out_channels_,
                 .kh = kernel_size_.height,
                 .kw = kernel_size_.width,
                 .stride_h = stride_.height,
                 .stride_w = stride_.width,
                 .pad_top = window.top,
                 .pad_left = window.left,
                 .dilation_h = dilation_.height,
                 .dilation_w = dilation_.width,
                 .groups = groups_};
  }

  std::vector<Parameter> parameters() const {
    const kernels::ConvGeometry& g = geometry_;
    Parameter weight{.name = "weight",
                     .shape = {g.k, g.group_c(), g.kh, g.kw},
                     .role = Parameter::Role::weight,
                     .init = init_,
                     .split = {g.groups, g.group_k(), g.group_c(), g.kh, g.kw},
                     .order = g.depthwise() ? std::vector{3, 4, 0, 1, 2} : std::vector{0, 3, 4, 2, 1}};
    weight.init.fan_in = g.group_c() * g.taps();
    weight.init.fan_out = g.k * g.taps();
    if (!bias_) return {weight};
    Parameter bias{
        .name = "bias", .shape = {g.k}, .role = Parameter::Role::bias, .init = bias_init_, .split = {}, .order = {}};
    bias.init.fan_in = weight.init.fan_in;
    bias.init.fan_out = weight.init.fan_out;
    return {weight, bias};
  }

  /// Chooses the algorithms and places what they need.
  void plan_memory(const Inputs& inputs, Plan& plan) {
    const kernels::ConvGeometry& g = geometry_;
    forward_ = pool_ ? &kernels::kDirectForward : &kernels::choose_forward(g, inputs.winograd);
    plan.algorithm = forward_->name;
    const kernels::ConvNeeds forward = forward_->needs(g);
    const auto place = [&](std::size_t bytes) {
      const std::size_t at = plan.prepared;
      plan.prepared += aligned(bytes);
      return at;
    };
    if (folded_eps_) {
      plan.prepare_scratch = static_cast<std::size_t>(g.weight_count()) * sizeof(real);
      bias_at_ = place(static_cast<std::size_t>(g.k) * sizeof(real));
    }
    if (!direct()) forward_at_ = place(forward.prepared);
    if (pool_) pool_->plan(inputs, plan);
    if (pool_ && inputs.mode == Mode::train) plan_sums(plan);
    if (pool_) return;
    plan.by_sample = forward.shared == 0 && forward.prepared <= kCachedWeights;
    plan.scratch = forward.shared;
    plan.worker_scratch = forward.worker;
    if (inputs.mode == Mode::infer) return;
    weight_ = &kernels::choose_weight_gradient(g, inputs.winograd);
    const kernels::ConvNeeds weight = weight_->needs(g);
    plan.worker_scratch = std::max(plan.worker_scratch, weight.worker);
    if (weight_->run == nullptr) {
      plan_sums(plan);
    } else {
      plan.parameter_scratch = std::max(weight.shared, kernels::column_sums_scratch(g.out_pixels(), g.k));
    }
    input_ = inputs.input_gradient ? &kernels::choose_input_gradient(g, inputs.winograd) : nullptr;
    plan.algorithm = algorithms();
    if (input_ == nullptr) return;
    const kernels::ConvNeeds input = input_->needs(g);
    plan.by_sample = plan.by_sample && input.shared == 0 && input.prepared <= kCachedWeights;
    if (!input_direct()) plan.prepared_backward = input.prepared;
    plan.scratch = std::max(plan.scratch, input.shared);
    plan.worker_scratch = std::max(plan.worker_scratch, input.worker);
  }

  void plan_sums(Plan& plan) const {
    plan.parameter_sum = static_cast<std::size_t>(sum_values() + (bias_ ? geometry_.k : 0)) * sizeof(real);
    plan.worker_scratch = std::max(plan.worker_scratch, bias_scratch(plan.output));
  }

  /// The names for training, one for all directions if they agree.
  std::string algorithms() const {
    if (weight_->name == forward_->name && (input_ == nullptr || input_->name == forward_->name))
      return std::string(forward_->name);
    return fmt::format("{} / {} / {}", forward_->name, input_ == nullptr ? "-" : input_->name, weight_->name);
  }

  // The weights' sums, one behind the other, then the biases'.
  std::int64_t sum_values() const { return pool_ ? pool_->sum_values() : weight_->sum_values(geometry_); }
  static real* weight_sums(const ParameterSums& sums) { return reinterpret_cast<real*>(sums.memory); }
  real* bias_sums(const ParameterSums& sums) const { return weight_sums(sums) + sums.count * sum_values(); }

  std::size_t bias_scratch(const Shape& output) const {
    return aligned(static_cast<std::size_t>(geometry_.k) * sizeof(real)) +
           kernels::column_sums_scratch(geometry_.n * output.pixels(), geometry_.k);
  }
  void add_bias(const Backward& b, const ParameterSums& sums, real* scratch) const {
    const ConstView dy = b.output_gradient;
    const std::int64_t channels = geometry_.k;
    real* sum = bias_sums(sums) + sums.index * channels;
    auto* partials = reinterpret_cast<std::byte*>(scratch) + aligned(static_cast<std::size_t>(channels) * sizeof(real));
    kernels::column_sums(b.workers, dy.count() / channels, channels, dy.data, scratch, partials);
    for (std::int64_t k = 0; k < channels; ++k) sum[k] = sums.first ? scratch[k] : sum[k] + scratch[k];
  }

  /// The algorithm multiplies with the parameters as they are.
  bool direct() const { return forward_->prepare == kernels::copy_weights && !folded_eps_; }
  bool input_direct() const { return input_->prepare == kernels::copy_weights; }

  /// Weights and bias with the absorbed batch norm's scale and shift; the weights are in scratch.
  const real* fold(const Prepare& p) const {
    const std::size_t own = bias_ ? 2 : 1;
    real* weights = at(p.scratch, 0);
    real* bias = at(p.prepared, bias_at_);
    const kernels::ConvGeometry& g = geometry_;
    for (std::int64_t k = 0; k < g.k; ++k) {
      const real scale = p.parameters[own][k] / std::sqrt(p.parameters[own + 3][k] + static_cast<real>(*folded_eps_));
      const real shift = bias_ ? p.parameters[1][k] : real{0};
      bias[k] = p.parameters[own + 1][k] + (shift - p.parameters[own + 2][k]) * scale;
      // Output channels are the fastest dimension within a group, and the only one of depthwise weights.
      const std::int64_t columns = g.depthwise() ? g.k : g.group_k();
      const std::int64_t rows = g.weight_count() / g.k;
      const std::int64_t first = g.depthwise() ? k : k / columns * rows * columns + k % columns;
      for (std::int64_t i = 0; i < rows; ++i)
        weights[first + i * columns] = p.parameters[0][first + i * columns] * scale;
    }
    return weights;
  }

  kernels::ConvGeometry geometry(std::int64_t n) const {
    kernels::ConvGeometry g = geometry_;
    g.n = n;
    return g;
  }
  static real* at(std::byte* base, std::size_t offset) { return reinterpret_cast<real*>(base + offset); }
  static kernels::ConvScratch scratch(const Run& r) { return {r.scratch, r.worker_scratch, r.worker_scratch_bytes}; }

  std::int64_t out_channels_ = 1;
  Extent kernel_size_{1, 1};
  Extent stride_{1, 1};
  Padding padding_;
  Extent dilation_{1, 1};
  std::int64_t groups_ = 1;
  bool bias_ = true;
  Init init_, bias_init_;

  Activation activation_;             // absorbed, behind what follows
  std::optional<ConvPool> pool_;      // max pooling, absorbed
  std::optional<double> folded_eps_;  // of an absorbed batch norm
  kernels::ConvGeometry geometry_;
  const kernels::ConvForward* forward_ = nullptr;
  const kernels::ConvInputGradient* input_ = nullptr;
  const kernels::ConvWeightGradient* weight_ = nullptr;
  std::size_t bias_at_ = 0, forward_at_ = 0;  // in the prepared bytes
};

}  // namespace

extern constinit const Kind<Layer> kConv2d =
    kind_of<Layer, Conv2d>("conv2d", "Convolution of images with trained filters, as torch.nn.Conv2d.",
                           "{out_channels: 8, kernel_size: 3, padding: 1}");

}  // namespace cnnctl
