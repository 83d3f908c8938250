// layers/layer_norm.cpp - the channels of each position (or the features of a vector) to mean 0 and deviation 1, then
// scaled and shifted: torchvision's LayerNorm2d, and torch.nn.LayerNorm where channels come last. Ba, Kiros and Hinton,
// 2016.
#include "kernels/norm/layer_norm.hpp"

#include "layers/layer.hpp"
#include "layers/parameters.hpp"

namespace cnnctl {
namespace {

class LayerNorm final : public Layer, private Summing {
 public:
  void fields(Fields& f) override {
    f.optional("eps", eps_, "added to the variance", positive());
    f.optional("affine", affine_, "learn a weight and a bias for each channel");
  }

  Plan plan(const Inputs& inputs) override {
    const Shape& x = inputs.shapes[0];
    channels_ = x.channels();
    positions_ = x.positions();
    Plan plan;
    plan.output = x;
    plan.by_sample = true;
    plan.in_place = {.forward = inputs.mode == Mode::infer, .backward = !affine_ || !inputs.parameter_gradients};
    if (inputs.mode == Mode::train)
      plan.bytes.saved = static_cast<std::size_t>(inputs.batch * saved_values()) * sizeof(real);
    sums_ = affine_ && inputs.parameter_gradients;
    if (sums_) plan.bytes.parameter_scratch = kernels::layer_norm_scratch(geometry(inputs.batch));
    if (affine_) plan.parameters = scale_and_shift(channels_);
    return plan;
  }

  void forward(const Forward& f) const override {
    kernels::layer_norm(f.workers, geometry(f.part.n), f.inputs[0].data, affine_ ? f.parameters[0] : nullptr,
                        affine_ ? f.parameters[1] : nullptr, f.output.data, f.mode == Mode::train ? saved(f) : nullptr);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx != nullptr)
      kernels::layer_norm_grad(b.workers, geometry(b.part.n), b.inputs[0].data, saved(b),
                               affine_ ? b.parameters[0] : nullptr, b.output_gradient.data, dx, accumulate);
  }

  const Summing* summing() const override { return sums_ ? this : nullptr; }

  void backward_parameters(const Backward& b) const override {
    kernels::layer_norm_parameter_grad(b.workers, geometry(b.part.n), b.inputs[0].data, saved(b),
                                       b.output_gradient.data, b.parameter_gradients[0], b.parameter_gradients[1],
                                       b.memory.scratch);
  }

 private:
  kernels::LayerNormGeometry geometry(std::int64_t n) const { return {n * positions_, channels_, eps_}; }
  std::int64_t saved_values() const { return positions_ * kernels::kLayerNormSaved; }  // of a sample
  real* saved(const Run& r) const { return reinterpret_cast<real*>(r.memory.saved) + r.part.first * saved_values(); }

  double eps_ = 1e-5;
  bool affine_ = true, sums_ = false;
  std::int64_t channels_ = 1, positions_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kLayerNorm = kind_of<Layer, LayerNorm>(
    "layer_norm",
    "Normalises the channels of each position, or the features of a vector.\n"
    "y = (x - mean) / sqrt(var + eps) * weight[c] + bias[c], over the channels of a position\n"
    "Ba, Kiros, Hinton, \"Layer normalization\", 2016",
    "{eps: 1e-6}");

}  // namespace cnnctl
