// layers/conv_transpose.cpp - what the gradient of a convolution's input is computed by, as a layer that makes its
// input larger: torch.nn.ConvTranspose1d, 2d and 3d. Each value of the input adds a multiple of the filter to the
// output. Zeiler et al., "Deconvolutional networks", CVPR 2010.
//
// So forward is the input gradient of a convolution whose input is y and whose results are x, and its own gradients are
// that convolution's forward pass and weight gradient with x and dy exchanged.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "kernels/pointwise/epilogue.hpp"
#include "layers/conv_plain.hpp"
#include "layers/conv_sums.hpp"
#include "layers/conv_volume.hpp"
#include "layers/layer.hpp"
#include "layers/parameters.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

using kernels::Activation;

class ConvTranspose : public Layer, private Preparing, private Summing {
 public:
  explicit ConvTranspose(int axes) : axes_(axes) {}

  void fields(Fields& f) final {
    f.shorthand("out_channels");
    f.required("out_channels", out_channels_, "channels of the output", between(1, kLargestSize));
    f.required("kernel_size", kernel_size_, "window of a filter", per_axis(axes_, between(1, kMostTaps)));
    f.optional("stride", stride_, "step between the windows of neighbouring values",
               per_axis(axes_, between(1, kMostTaps)));
    f.optional("padding", padding_, "border that is cut off the output", per_axis(axes_, between(0, kLargestSize)));
    f.optional("output_padding", output_padding_, "places more at the end, less than stride or dilation",
               per_axis(axes_, between(0, kLargestWindow)));
    f.optional("dilation", dilation_, "distance between the taps of a filter",
               per_axis(axes_, between(1, kLargestWindow)));
    f.optional("groups", groups_, "channels are split into this many groups that do not mix", between(1, kLargestSize));
    f.optional("bias", bias_, "add a trained number to each output channel");
    f.optional("init", init_, "first values of the weights");
    f.optional("bias_init", bias_init_, "first values of the bias");
  }

  Plan plan(const Inputs& inputs) final {
    const Shape& x = inputs.shapes[0];
    const Shape y = output_of(x);
    sizes_ = sizes_of(x, y, inputs.batch);
    activation_ = fused_activation(inputs.behind);
    volume_.reset();
    if (sizes_.is_volume()) volume_.emplace(sizes_.depth);
    summed_ = inputs.mode == Mode::train && inputs.parameter_gradients;

    // The convolution is asked for its input gradient, whatever is wanted of this layer.
    Inputs exchanged = inputs;
    exchanged.mode = Mode::train;
    exchanged.input_gradient = true;
    exchanged.parameter_gradients = summed_;
    Plan plan;
    method().plan(sizes_.plane, exchanged, plan);
    plan.output = y;
    plan.parameters = parameters();
    plan.macs = sizes_.macs();
    plan.reach = reach();
    plan.bytes.prepared = plan.bytes.prepared_backward;
    plan.bytes.prepared_backward = inputs.mode == Mode::train && inputs.input_gradient ? method().prepared() : 0;
    prepared_ = plan.bytes.prepared_backward > 0;
    plan.reads = {.input = summed_, .output = activation_.type != Activation::Type::none};
    if (summed_) sums_.plan(method(), out_channels_, bias_, inputs.batch * y.positions(), plan);
    return plan;
  }

  void prepare(const Prepare& p) const final {
    if (p.direction == Direction::forward) return method().prepare_backward(p);
    method().prepare(p.workers, p.parameters[0], reinterpret_cast<real*>(p.prepared));
  }

  void forward(const Forward& f) const final {
    Backward gradient{f, {}, {}, {}, {}};
    gradient.output_gradient = {const_cast<real*>(f.inputs[0].data), f.part.n, f.inputs[0].shape};  // only read
    const Gradient y{f.output.data, false};
    gradient.input_gradients = {&y, 1};
    method().input_gradient(gradient);
    finish(f);
  }

  void backward(const Backward& b) const final {
    real* dy = b.output_gradient.data;
    if (activation_.type != Activation::Type::none)
      kernels::activate_grad(b.workers, activation_, b.output.count(), b.output.data, dy, dy, false);
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    Forward convolution{b, {dx, b.part.n, b.inputs[0].shape}};
    const ConstView x = b.output_gradient;
    convolution.inputs = {&x, 1};
    const real* weights = prepared_ ? reinterpret_cast<const real*>(b.memory.prepared) : b.parameters[0];
    method().forward(convolution, weights, {nullptr, {}, accumulate});
  }

  void backward_parameters(const Backward& b) const final {
    const ConstView y = b.output_gradient;
    sums_.whole(method(), exchanged(b, y), y);
  }
  void add_parameters(const Backward& b, const ParameterSums& sums) const final {
    const ConstView y = b.output_gradient;
    sums_.add(method(), exchanged(b, y), y, sums);
  }
  void join_parameters(const Backward& b, const ParameterSums& sums) const final { sums_.join(method(), b, sums); }

  const Preparing* preparing() const final { return this; }
  const Summing* summing() const final { return summed_ ? this : nullptr; }

  Traits traits() const final { return {.bias = bias_}; }

  bool fuses(const Inputs& inputs, const Traits& next) const final {
    return inputs.behind.empty() && next.activation.has_value();
  }

 private:
  /// Windows of the output as those of the input that one of its values follows from.
  Reach reach() const {
    Reach reach = Reach::of_windows(kernel_size_, stride_, dilation_);
    for (int axis = 0; axis < axes_; ++axis) {
      reach.window[axis] = (reach.window[axis] + stride_[axis] - 1) / stride_[axis];
      reach.stride[static_cast<std::size_t>(axis)] = 1 / static_cast<double>(stride_[axis]);
    }
    return reach;
  }
  ConvMethod& method() { return const_cast<ConvMethod&>(std::as_const(*this).method()); }
  const ConvMethod& method() const { return volume_ ? static_cast<const ConvMethod&>(*volume_) : plain_; }

  Shape output_of(const Shape& x) const {
    expect_axes(x, axes_);
    require_groups(groups_, x.channels(), out_channels_);
    std::vector<std::int64_t> sizes{out_channels_};
    for (int i = 0; i < axes_; ++i) {
      const std::int64_t in = x.extents()[static_cast<std::size_t>(i)];
      if (output_padding_[i] >= std::max(stride_[i], dilation_[i]))
        throw ShapeError(fmt::format("output_padding {} must be less than stride {} or dilation {}", output_padding_[i],
                                     stride_[i], dilation_[i]));
      const std::int64_t out =
          (in - 1) * stride_[i] - 2 * padding_[i] + dilation_[i] * (kernel_size_[i] - 1) + output_padding_[i] + 1;
      if (out < 1)
        throw ShapeError(fmt::format("nothing is left of the output: ({} - 1)*{} - 2*{} + {}*({} - 1) + {} + 1 = {}",
                                     in, stride_[i], padding_[i], dilation_[i], kernel_size_[i], output_padding_[i],
                                     out));
      sizes.push_back(out);
    }
    count_of(sizes);
    return Shape(sizes);
  }

  ConvSizes sizes_of(const Shape& x, const Shape& y, std::int64_t batch) const {
    require_macs({x.positions(), count_of(kernel_size_.values()), x.channels() / groups_, out_channels_});
    return ConvSizes({.x = Sizes(y.extents()),
                      .y = Sizes(x.extents()),
                      .kernel = kernel_size_,
                      .stride = stride_,
                      .dilation = dilation_,
                      .before = padding_,
                      .channels = out_channels_,
                      .filters = x.channels(),
                      .groups = groups_},
                     batch);
  }

  /// As PyTorch counts: of the weights (C, K/groups, kernel) the second size and the kernel are the fan-in.
  std::vector<Parameter> parameters() const {
    const std::int64_t taps = count_of(kernel_size_.values());
    Parameter weight = sizes_.weight(init_);
    weight.init.fan_in = out_channels_ / groups_ * taps;
    weight.init.fan_out = sizes_.plane.k * taps;
    return weight_and_bias(std::move(weight), out_channels_, bias_ ? &bias_init_ : nullptr);
  }

  /// Bias and activation, over the output once more.
  void finish(const Forward& f) const {
    const kernels::Epilogue epilogue{bias_ ? f.parameters[1] : nullptr, activation_, false};
    if (!bias_ && activation_.type == Activation::Type::none) return;
    const std::int64_t positions = f.output.count() / out_channels_;
    const std::int64_t step = std::max<std::int64_t>(1, kTaskValues / out_channels_);
    f.workers.run(pieces(positions, step), [&](std::int64_t task, int) {
      const std::int64_t first = task * step;
      kernels::apply_epilogue(epilogue, std::min(step, positions - first), out_channels_,
                              f.output.data + first * out_channels_, out_channels_);
    });
  }

  /// The pass of the convolution, whose input is y.
  static Backward exchanged(const Backward& b, const ConstView& y) {
    Backward other = b;
    other.inputs = {&y, 1};
    other.output_gradient = {const_cast<real*>(b.inputs[0].data), b.part.n, b.inputs[0].shape};  // only read
    return other;
  }

  static constexpr std::int64_t kTaskValues = 16384;

  int axes_;
  std::int64_t out_channels_ = 1;
  Sizes kernel_size_ = Sizes::all(axes_, 1);
  Sizes stride_ = Sizes::all(axes_, 1);
  Sizes padding_ = Sizes::all(axes_, 0);
  Sizes output_padding_ = Sizes::all(axes_, 0);
  Sizes dilation_ = Sizes::all(axes_, 1);
  std::int64_t groups_ = 1;
  bool bias_ = true;
  Init init_, bias_init_;

  Activation activation_;  // fused behind
  ConvPlain plain_;
  std::optional<ConvVolume> volume_;  // in its place, for volumes
  ConvSums sums_;
  ConvSizes sizes_;  // of the convolution
  bool summed_ = true, prepared_ = false;
};

struct ConvTranspose1d final : ConvTranspose {
  ConvTranspose1d() : ConvTranspose(1) {}
};
struct ConvTranspose2d final : ConvTranspose {
  ConvTranspose2d() : ConvTranspose(2) {}
};
struct ConvTranspose3d final : ConvTranspose {
  ConvTranspose3d() : ConvTranspose(3) {}
};

}  // namespace

extern constinit const Kind<Layer> kConvTranspose1d = kind_of<Layer, ConvTranspose1d>(
    "conv_transpose1d",
    "Spreads each value of a sequence over a window, as torch.nn.ConvTranspose1d.\n"
    "y[k, stride*i + dilation*t - padding] sums w[c,k,t] * x[c,i] over channels c of the group and taps t, + b[k]\n"
    "Zeiler et al., \"Deconvolutional networks\", CVPR 2010",
    "{out_channels: 8, kernel_size: 2, stride: 2}");
extern constinit const Kind<Layer> kConvTranspose2d = kind_of<Layer, ConvTranspose2d>(
    "conv_transpose2d",
    "Spreads each value of an image over a window, as torch.nn.ConvTranspose2d.\n"
    "y[k, stride*i + dilation*t - padding] sums w[c,k,t] * x[c,i] over channels c of the group and taps t, + b[k]\n"
    "Zeiler et al., \"Deconvolutional networks\", CVPR 2010",
    "{out_channels: 8, kernel_size: 2, stride: 2}");
extern constinit const Kind<Layer> kConvTranspose3d = kind_of<Layer, ConvTranspose3d>(
    "conv_transpose3d",
    "Spreads each value of a volume over a window, as torch.nn.ConvTranspose3d.\n"
    "y[k, stride*i + dilation*t - padding] sums w[c,k,t] * x[c,i] over channels c of the group and taps t, + b[k]\n"
    "Zeiler et al., \"Deconvolutional networks\", CVPR 2010",
    "{out_channels: 8, kernel_size: 2, stride: 2}");

}  // namespace cnnctl
