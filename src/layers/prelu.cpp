// layers/prelu.cpp - the rectifier whose slope for negative numbers is trained, as torch.nn.PReLU.
// He et al., "Delving deep into rectifiers", ICCV 2015.
#include "kernels/pointwise/prelu.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "kernels/matrix/column_sums.hpp"
#include "layers/layer.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

class Prelu final : public Layer, private Preparing, private Summing {
 public:
  void fields(Fields& f) override {
    f.optional("num_parameters", slopes_, "1: one slope for all channels; else as many as channels",
               between(1, kLargestSize));
    f.optional("init", first_, "first value of the slopes", between(-10, 10));
  }

  Plan plan(const Inputs& inputs) override {
    const Shape& x = inputs.shapes[0];
    channels_ = x.channels();
    positions_ = x.positions();
    if (slopes_ != 1 && slopes_ != channels_)
      throw ShapeError(
          fmt::format("num_parameters {} must be 1 or the {} channels of {}", slopes_, channels_, x.str()));
    trained_ = inputs.mode == Mode::train && inputs.parameter_gradients;
    Plan plan;
    plan.output = x;
    plan.parameters = {{.name = "weight",
                        .shape = {slopes_},
                        .role = Parameter::Role::norm,
                        .init = {.type = Init::Type::constant, .value = first_},
                        .split = {},
                        .order = {}}};
    plan.in_place = {inputs.mode == Mode::infer, !trained_};  // in training the input is read again
    plan.bytes.prepared = plan.bytes.prepared_backward = bytes(1);
    if (trained_)
      plan.bytes.parameter_scratch =
          aligned(bytes(inputs.batch)) + aligned(bytes(1)) + kernels::column_sums_scratch(inputs.batch, channels_);
    plan.by_sample = true;
    return plan;
  }

  /// A slope for each channel.
  void prepare(const Prepare& p) const override {
    auto* slopes = reinterpret_cast<real*>(p.prepared);
    for (std::int64_t c = 0; c < channels_; ++c) slopes[c] = p.parameters[0][slopes_ == 1 ? 0 : c];
  }

  void forward(const Forward& f) const override {
    kernels::prelu(f.workers, f.part.n * positions_, channels_, f.inputs[0].data, slopes(f), f.output.data);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx != nullptr)
      kernels::prelu_grad(b.workers, b.part.n * positions_, channels_, b.inputs[0].data, slopes(b),
                          b.output_gradient.data, dx, accumulate);
  }

  void backward_parameters(const Backward& b) const override {
    if (b.parameter_gradients[0] == nullptr) return;
    auto* of_samples = reinterpret_cast<real*>(b.memory.scratch);
    auto* of_channels = reinterpret_cast<real*>(b.memory.scratch + aligned(bytes(b.part.batch)));
    kernels::prelu_slope_sums(b.workers, b.part.n, positions_, channels_, b.inputs[0].data, b.output_gradient.data,
                              of_samples);
    kernels::column_sums(b.workers, b.part.n, channels_, of_samples, of_channels,
                         b.memory.scratch + aligned(bytes(b.part.batch)) + aligned(bytes(1)));
    if (slopes_ > 1 || channels_ == 1) {
      std::copy_n(of_channels, channels_, b.parameter_gradients[0]);
      return;
    }
    double sum = 0;
    for (std::int64_t c = 0; c < channels_; ++c) sum += of_channels[c];
    b.parameter_gradients[0][0] = static_cast<real>(sum);
  }

  const Preparing* preparing() const override { return this; }
  const Summing* summing() const override { return trained_ ? this : nullptr; }

 private:
  std::size_t bytes(std::int64_t arrays) const { return static_cast<std::size_t>(arrays * channels_) * sizeof(real); }
  static const real* slopes(const Run& r) { return reinterpret_cast<const real*>(r.memory.prepared); }

  std::int64_t slopes_ = 1;
  double first_ = 0.25;
  std::int64_t channels_ = 1, positions_ = 1;
  bool trained_ = true;
};

}  // namespace

extern constinit const Kind<Layer> kPrelu =
    kind_of<Layer, Prelu>("prelu",
                          "x above zero, below a trained slope times x, as torch.nn.PReLU.\n"
                          "y = x for x > 0, else a[c] * x, a trained\n"
                          "He et al., \"Delving deep into rectifiers\", ICCV 2015",
                          "{init: 0.1}");

}  // namespace cnnctl
