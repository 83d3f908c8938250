// layers/conv2d.cpp - convolution of images, as torch.nn.Conv2d: y = w * x + b.
//
// May do max pooling in windows of 2x2 and an activation behind it: y = act(max_pool(w * x + b)). In inference a batch
// norm directly behind it is folded into w and b.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "kernels/conv/pool/conv_pool.hpp"
#include "kernels/matrix/column_sums.hpp"
#include "kernels/pointwise/reduce.hpp"
#include "layers/batch_norm_fold.hpp"
#include "layers/conv_plain.hpp"
#include "layers/conv_pool.hpp"
#include "layers/layer.hpp"
#include "layers/window.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

using kernels::Activation;

class Conv2d final : public Layer, private Preparing, private Summing {
 public:
  void fields(Fields& f) override {
    f.shorthand("out_channels");
    f.required("out_channels", out_channels_, "number of filters", between(1, kLargestSize));
    f.required("kernel_size", kernel_size_, "window of a filter", per_axis(kImageAxes, between(1, kMostTaps)));
    f.optional("stride", stride_, "step between windows", per_axis(kImageAxes, between(1, kMostTaps)));
    f.optional("padding", padding_, "zeros around the image", per_axis(kImageAxes, between(0, kLargestSize)));
    f.optional("dilation", dilation_, "distance between the taps of a filter",
               per_axis(kImageAxes, between(1, kLargestWindow)));
    f.optional("groups", groups_,
               "channels are split into this many groups that do not mix; as many groups as "
               "channels: depthwise",
               between(1, kLargestSize));
    f.optional("bias", bias_, "add a trained number to each output channel");
    f.optional("init", init_, "first values of the weights");
    f.optional("bias_init", bias_init_, "first values of the bias");
  }

  Plan plan(const Inputs& inputs) override {
    const Shape& x = inputs.shapes[0];
    geometry_ = geometry_of(x, inputs.batch);
    fuse(inputs.behind);
    Plan plan;
    plan.parameters = parameters();
    plan.macs = geometry_.macs() / geometry_.n;
    method().plan(geometry_, inputs, plan);
    plan_prepared(plan);
    summed_ = inputs.mode == Mode::train && inputs.parameter_gradients;
    plan.reads = {.input = summed_, .output = activation_.type != Activation::Type::none};
    if (summed_) plan_sums(plan);
    return plan;
  }

  void prepare(const Prepare& p) const override {
    if (p.direction == Direction::backward) return method().prepare_backward(p);
    const real* weights = fold_ ? folded(p) : p.parameters[0];
    method().prepare(p.workers, weights, at(p.prepared, weights_at_));
  }

  void forward(const Forward& f) const override {
    const real* weights = weights_prepared_ ? at(f.memory.prepared, weights_at_) : f.parameters[0];
    const real* bias = fold_ ? at(f.memory.prepared, 0) : bias_ ? f.parameters[1] : nullptr;
    method().forward(f, weights, {bias, activation_, false});
  }

  void backward(const Backward& b) const override {
    real* dy = b.output_gradient.data;
    if (activation_.type != Activation::Type::none)
      kernels::activate_grad(b.workers, activation_, b.output.count(), b.output.data, dy, dy, false);
    if (b.input_gradients[0].data != nullptr) method().input_gradient(b);
  }

  void backward_parameters(const Backward& b) const override {
    const View& dy = b.output_gradient;
    if (wants_bias(b))
      kernels::column_sums(b.workers, dy.count() / out_channels_, out_channels_, dy.data, b.parameter_gradients[1],
                           b.memory.scratch);
    if (wants_weights(b)) method().weight_gradient(b);
  }

  void add_parameters(const Backward& b, const ParameterSums& sums) const override {
    const std::int64_t values = method().sum_values();
    real* weight = weight_sums(sums) + sums.index * values;
    if (sums.first) std::fill_n(weight, values, real{0});
    b.workers.run(1, [&](std::int64_t, int worker) {
      auto* scratch = at(b.memory.worker_scratch, static_cast<std::size_t>(worker) * b.memory.worker_scratch_bytes);
      if (wants_weights(b)) method().add_weights(b, weight, scratch);
      if (wants_bias(b)) add_bias(b, sums, scratch);
    });
  }

  void join_parameters(const Backward& b, const ParameterSums& sums) const override {
    if (wants_weights(b)) method().join_weights(b, sums.count, weight_sums(sums));
    if (wants_bias(b))
      kernels::join_sums(b.workers, sums.count, out_channels_, bias_sums(sums), b.parameter_gradients[1]);
  }

  const Preparing* preparing() const override { return this; }
  const Summing* summing() const override { return summed_ ? this : nullptr; }

  Traits traits() const override { return {.bias = bias_}; }

  /// An activation runs where the result is stored; in inference a batch norm is folded into weights and bias.
  bool fuses(const Inputs& inputs, const Traits& next) const override {
    if (inputs.behind.empty() && next.batch_norm) return next.batch_norm->foldable && inputs.mode == Mode::infer;
    const Traits last = inputs.behind.empty() ? Traits{} : inputs.behind.back().traits;
    if (last.activation) return false;
    if (next.max_pool_2x2 && !last.max_pool_2x2)
      return kernels::conv_pool_applies(geometry_of(inputs.shapes[0], inputs.batch));
    return next.activation.has_value();
  }

 private:
  ConvMethod& method() { return pool_ ? static_cast<ConvMethod&>(*pool_) : plain_; }
  const ConvMethod& method() const { return pool_ ? static_cast<const ConvMethod&>(*pool_) : plain_; }

  void fuse(const std::vector<Fused>& behind) {
    activation_ = fused_activation(behind);
    pool_.reset();
    fold_.reset();
    for (const Fused& fused : behind) {
      if (fused.traits.max_pool_2x2) pool_.emplace();
      if (fused.traits.batch_norm) fold_.emplace(fused, bias_ ? 2 : 1);
    }
  }

  kernels::ConvGeometry geometry_of(const Shape& x, std::int64_t batch) const {
    const WindowPlan window = plan_window({kernel_size_, stride_, dilation_, padding_, false}, x);
    if (x.channels() % groups_ != 0 || out_channels_ % groups_ != 0)
      throw ShapeError(fmt::format("groups {} must divide the input's {} channels and out_channels {}", groups_,
                                   x.channels(), out_channels_));
    require_macs(
        {window.output[0], window.output[1], kernel_size_[0], kernel_size_[1], x.channels() / groups_, out_channels_});
    return {.n = batch,
            .h = x.height(),
            .w = x.width(),
            .c = x.channels(),
            .oh = window.output[0],
            .ow = window.output[1],
            .k = out_channels_,
            .kh = kernel_size_[0],
            .kw = kernel_size_[1],
            .stride_h = stride_[0],
            .stride_w = stride_[1],
            .pad_top = window.before[0],
            .pad_left = window.before[1],
            .dilation_h = dilation_[0],
            .dilation_w = dilation_[1],
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

  /// The bias of a folded batch norm, then the weights.
  void plan_prepared(Plan& plan) {
    const std::size_t weights = method().prepared();
    weights_at_ = fold_ ? aligned(static_cast<std::size_t>(out_channels_) * sizeof(real)) : 0;
    weights_prepared_ = weights > 0 || fold_;
    const std::size_t folded = static_cast<std::size_t>(geometry_.weight_count()) * sizeof(real);
    if (fold_) plan.bytes.prepare_scratch = weights_at_ + folded;
    plan.bytes.prepared = weights_at_ + aligned(weights > 0 ? weights : fold_ ? folded : 0);
  }

  void plan_sums(Plan& plan) const {
    const std::int64_t values = method().sum_values(), channels = out_channels_;
    const std::int64_t pixels = geometry_.n * plan.output.positions();
    if (values == 0) {
      plan.bytes.parameter_scratch =
          std::max(plan.bytes.parameter_scratch, kernels::column_sums_scratch(pixels, channels));
      return;
    }
    plan.bytes.parameter_sum = static_cast<std::size_t>(values + (bias_ ? channels : 0)) * sizeof(real);
    plan.bytes.worker_scratch =
        std::max(plan.bytes.worker_scratch, aligned(static_cast<std::size_t>(channels) * sizeof(real)) +
                                                kernels::column_sums_scratch(pixels, channels));
  }

  // The weights' sums, one behind the other, then the biases'.
  static real* weight_sums(const ParameterSums& sums) { return reinterpret_cast<real*>(sums.memory); }
  real* bias_sums(const ParameterSums& sums) const { return weight_sums(sums) + sums.count * method().sum_values(); }

  void add_bias(const Backward& b, const ParameterSums& sums, real* scratch) const {
    const ConstView dy = b.output_gradient;
    const std::int64_t channels = out_channels_;
    real* sum = bias_sums(sums) + sums.index * channels;
    auto* partials = reinterpret_cast<std::byte*>(scratch) + aligned(static_cast<std::size_t>(channels) * sizeof(real));
    kernels::column_sums(b.workers, dy.count() / channels, channels, dy.data, scratch, partials);
    for (std::int64_t k = 0; k < channels; ++k) sum[k] = sums.first ? scratch[k] : sum[k] + scratch[k];
  }

  const real* folded(const Prepare& p) const {
    real* scale = at(p.scratch, 0);
    real* weights = at(p.scratch, aligned(static_cast<std::size_t>(out_channels_) * sizeof(real)));
    fold_->run(p.workers, geometry_, p.parameters, bias_ ? p.parameters[1] : nullptr, scale, weights,
               at(p.prepared, 0));
    return weights;
  }
  static bool wants_weights(const Backward& b) { return b.parameter_gradients[0] != nullptr; }
  bool wants_bias(const Backward& b) const { return bias_ && b.parameter_gradients[1] != nullptr; }

  static real* at(std::byte* base, std::size_t offset) { return reinterpret_cast<real*>(base + offset); }

  std::int64_t out_channels_ = 1;
  Sizes kernel_size_{1, 1};
  Sizes stride_{1, 1};
  Padding padding_;
  Sizes dilation_{1, 1};
  std::int64_t groups_ = 1;
  bool bias_ = true;
  Init init_, bias_init_;

  Activation activation_;  // behind what follows
  ConvPlain plain_;
  std::optional<ConvPool> pool_;  // in its place, with max pooling behind
  std::optional<BatchNormFold> fold_;
  kernels::ConvGeometry geometry_;
  bool summed_ = true;  // gradients of parameters are wanted
  bool weights_prepared_ = false;
  std::size_t weights_at_ = 0;  // in the prepared bytes
};

}  // namespace

extern constinit const Kind<Layer> kConv2d =
    kind_of<Layer, Conv2d>("conv2d", "Convolution of images with trained filters, as torch.nn.Conv2d.",
                           "{out_channels: 8, kernel_size: 3, padding: 1}");

}  // namespace cnnctl
