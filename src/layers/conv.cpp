// layers/conv.cpp - convolution of sequences, images and volumes, as torch.nn.Conv1d, Conv2d and Conv3d: y = w * x + b.
//
// That of images may do max pooling in windows of 2x2 and an activation behind it: y = act(max_pool(w * x + b)). In
// inference a batch norm directly behind it is folded into w and b.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "kernels/conv/pool/conv_pool.hpp"
#include "layers/batch_norm_fold.hpp"
#include "layers/conv_plain.hpp"
#include "layers/conv_pool.hpp"
#include "layers/conv_sums.hpp"
#include "layers/conv_volume.hpp"
#include "layers/layer.hpp"
#include "layers/parameters.hpp"
#include "layers/window.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

using kernels::Activation;

class Conv : public Layer, private Preparing, private Summing {
 public:
  explicit Conv(int axes) : axes_(axes) {}

  void fields(Fields& f) final {
    f.shorthand("out_channels");
    f.required("out_channels", out_channels_, "number of filters", between(1, kLargestSize));
    f.required("kernel_size", kernel_size_, "window of a filter", per_axis(axes_, between(1, kMostTaps)));
    f.optional("stride", stride_, "step between windows", per_axis(axes_, between(1, kMostTaps)));
    f.optional("padding", padding_, "zeros around the input", per_axis(axes_, between(0, kLargestSize)));
    f.optional("dilation", dilation_, "distance between the taps of a filter",
               per_axis(axes_, between(1, kLargestWindow)));
    f.optional("groups", groups_,
               "channels are split into this many groups that do not mix; as many groups as "
               "channels: depthwise",
               between(1, kLargestSize));
    f.optional("bias", bias_, "add a trained number to each output channel");
    f.optional("init", init_, "first values of the weights");
    f.optional("bias_init", bias_init_, "first values of the bias");
  }

  Plan plan(const Inputs& inputs) final {
    const Shape& x = inputs.shapes[0];
    sizes_ = sizes_of(x, inputs.batch);
    fuse(inputs.behind);
    Plan plan;
    plan.parameters = parameters();
    plan.macs = sizes_.macs();
    method().plan(sizes_.plane, inputs, plan);
    if (axes_ == 1) plan.output = {out_channels_, sizes_.plane.ow};
    plan.reach = Reach::of_windows(kernel_size_, stride_, dilation_);
    plan_prepared(plan);
    summed_ = inputs.mode == Mode::train && inputs.parameter_gradients;
    plan.reads = {.input = summed_, .output = activation_.type != Activation::Type::none};
    if (summed_) sums_.plan(method(), out_channels_, bias_, inputs.batch * plan.output.positions(), plan);
    return plan;
  }

  void prepare(const Prepare& p) const final {
    if (p.direction == Direction::backward) return method().prepare_backward(p);
    const real* weights = fold_ ? folded(p) : p.parameters[0];
    method().prepare(p.workers, weights, at(p.prepared, weights_at_));
  }

  void forward(const Forward& f) const final {
    const real* weights = weights_prepared_ ? at(f.memory.prepared, weights_at_) : f.parameters[0];
    const real* bias = fold_ ? at(f.memory.prepared, 0) : bias_ ? f.parameters[1] : nullptr;
    method().forward(f, weights, {bias, activation_, false});
  }

  void backward(const Backward& b) const final {
    real* dy = b.output_gradient.data;
    if (activation_.type != Activation::Type::none)
      kernels::activate_grad(b.workers, activation_, b.output.count(), b.output.data, dy, dy, false);
    if (b.input_gradients[0].data != nullptr) method().input_gradient(b);
  }

  void backward_parameters(const Backward& b) const final { sums_.whole(method(), b, b.output_gradient); }
  void add_parameters(const Backward& b, const ParameterSums& sums) const final {
    sums_.add(method(), b, b.output_gradient, sums);
  }
  void join_parameters(const Backward& b, const ParameterSums& sums) const final { sums_.join(method(), b, sums); }

  const Preparing* preparing() const final { return this; }
  const Summing* summing() const final { return summed_ ? this : nullptr; }

  Traits traits() const final { return {.bias = bias_}; }

  /// An activation runs where the result is stored; in inference a batch norm is folded into weights and bias.
  bool fuses(const Inputs& inputs, const Traits& next) const final {
    if (inputs.behind.empty() && next.batch_norm) return next.batch_norm->foldable && inputs.mode == Mode::infer;
    const Traits last = inputs.behind.empty() ? Traits{} : inputs.behind.back().traits;
    if (last.activation) return false;
    if (next.max_pool_2x2 && !last.max_pool_2x2)
      return axes_ == kImageAxes && kernels::conv_pool_applies(sizes_of(inputs.shapes[0], inputs.batch).plane);
    return next.activation.has_value();
  }

 private:
  ConvMethod& method() { return const_cast<ConvMethod&>(std::as_const(*this).method()); }
  const ConvMethod& method() const {
    if (pool_) return *pool_;
    if (volume_) return *volume_;
    return plain_;
  }

  void fuse(const std::vector<Fused>& behind) {
    activation_ = fused_activation(behind);
    pool_.reset();
    volume_.reset();
    fold_.reset();
    if (sizes_.is_volume()) volume_.emplace(sizes_.depth);
    for (const Fused& fused : behind) {
      if (fused.traits.max_pool_2x2) pool_.emplace();
      if (fused.traits.batch_norm) fold_.emplace(fused, bias_ ? 2 : 1);
    }
  }

  ConvSizes sizes_of(const Shape& x, std::int64_t batch) const {
    const WindowPlan window = plan_window({kernel_size_, stride_, dilation_, padding_, false}, x);
    require_groups(groups_, x.channels(), out_channels_);
    require_macs(
        {count_of(window.output.values()), count_of(kernel_size_.values()), x.channels() / groups_, out_channels_});
    return ConvSizes({.x = Sizes(x.extents()),
                      .y = window.output,
                      .kernel = kernel_size_,
                      .stride = stride_,
                      .dilation = dilation_,
                      .before = window.before,
                      .channels = x.channels(),
                      .filters = out_channels_,
                      .groups = groups_},
                     batch);
  }

  std::vector<Parameter> parameters() const {
    Parameter weight = sizes_.weight(init_);
    weight.init.fan_in = sizes_.plane.group_c() * sizes_.plane.taps();
    weight.init.fan_out = out_channels_ * sizes_.depth.taps * sizes_.plane.taps();
    return weight_and_bias(std::move(weight), out_channels_, bias_ ? &bias_init_ : nullptr);
  }

  /// The bias of a folded batch norm, then the weights.
  void plan_prepared(Plan& plan) {
    const std::size_t weights = method().prepared();
    weights_at_ = fold_ ? aligned(static_cast<std::size_t>(out_channels_) * sizeof(real)) : 0;
    weights_prepared_ = weights > 0 || fold_;
    const std::size_t folded = static_cast<std::size_t>(sizes_.plane.weight_count()) * sizeof(real);
    if (fold_) plan.bytes.prepare_scratch = weights_at_ + folded;
    plan.bytes.prepared = weights_at_ + aligned(weights > 0 ? weights : fold_ ? folded : 0);
  }

  const real* folded(const Prepare& p) const {
    real* scale = at(p.scratch, 0);
    real* weights = at(p.scratch, aligned(static_cast<std::size_t>(out_channels_) * sizeof(real)));
    fold_->run(p.workers, sizes_.plane, p.parameters, bias_ ? p.parameters[1] : nullptr, scale, weights,
               at(p.prepared, 0));
    return weights;
  }

  static real* at(std::byte* base, std::size_t offset) { return reinterpret_cast<real*>(base + offset); }

  int axes_;
  std::int64_t out_channels_ = 1;
  Sizes kernel_size_ = Sizes::all(axes_, 1);
  Sizes stride_ = Sizes::all(axes_, 1);
  Padding padding_;
  Sizes dilation_ = Sizes::all(axes_, 1);
  std::int64_t groups_ = 1;
  bool bias_ = true;
  Init init_, bias_init_;

  Activation activation_;  // behind what follows
  ConvPlain plain_;
  std::optional<ConvPool> pool_;      // in its place, with max pooling behind
  std::optional<ConvVolume> volume_;  // in its place, for volumes
  ConvSums sums_;
  std::optional<BatchNormFold> fold_;
  ConvSizes sizes_;
  bool summed_ = true;  // gradients of parameters are wanted
  bool weights_prepared_ = false;
  std::size_t weights_at_ = 0;  // in the prepared bytes
};

struct Conv1d final : Conv {
  Conv1d() : Conv(1) {}
};
struct Conv2d final : Conv {
  Conv2d() : Conv(2) {}
};
struct Conv3d final : Conv {
  Conv3d() : Conv(3) {}
};

}  // namespace

extern constinit const Kind<Layer> kConv1d = kind_of<Layer, Conv1d>(
    "conv1d",
    "Convolution of sequences with trained filters, as torch.nn.Conv1d.\n"
    "y[k] = b[k] + sum over channels c of the group and taps t of w[k,c,t] * x[c, stride*i + dilation*t - padding]",
    "{out_channels: 8, kernel_size: 3, padding: 1}");
extern constinit const Kind<Layer> kConv2d = kind_of<Layer, Conv2d>(
    "conv2d",
    "Convolution of images with trained filters, as torch.nn.Conv2d.\n"
    "y[k] = b[k] + sum over channels c of the group and taps t of w[k,c,t] * x[c, stride*i + dilation*t - padding]\n"
    "LeCun et al., \"Backpropagation applied to handwritten zip code recognition\", 1989",
    "{out_channels: 8, kernel_size: 3, padding: 1}");
extern constinit const Kind<Layer> kConv3d = kind_of<Layer, Conv3d>(
    "conv3d",
    "Convolution of volumes with trained filters, as torch.nn.Conv3d.\n"
    "y[k] = b[k] + sum over channels c of the group and taps t of w[k,c,t] * x[c, stride*i + dilation*t - padding]\n"
    "Ji, Xu, Yang, Yu, \"3D convolutional neural networks for human action recognition\", 2010",
    "{out_channels: 8, kernel_size: 3, padding: 1}");

}  // namespace cnnctl
