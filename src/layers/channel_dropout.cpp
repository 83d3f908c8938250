// layers/channel_dropout.cpp - dropout2d zeroes whole channels of a sample at random while training, stochastic_depth
// whole samples; what stays is scaled, so that sums keep their mean.
// Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015; Huang et al., "Deep networks
// with stochastic depth", ECCV 2016, as torchvision.ops.StochasticDepth with mode "row".
#include <algorithm>

#include "kernels/pointwise/channels.hpp"
#include "kernels/pointwise/dropout.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "layers/layer.hpp"
#include "layers/samples.hpp"

namespace cnnctl {
namespace {

class ChannelDropout : public Layer {
 public:
  Plan plan(const Inputs& inputs) final {
    channels_ = inputs.shapes[0].channels();
    positions_ = inputs.shapes[0].positions();
    Plan plan = plan_in_place(inputs);
    if (inputs.mode == Mode::train) plan.bytes.worker_scratch = static_cast<std::size_t>(channels_) * sizeof(real);
    return plan;
  }

  void forward(const Forward& f) const final { run(f, f.inputs[0].data, f.output.data, false); }

  // Drawn a second time from its key.
  void backward(const Backward& b) const final {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx != nullptr) run(b, b.output_gradient.data, dx, accumulate);
  }

  Traits traits() const final { return {.identity_in_inference = true}; }

 protected:
  explicit ChannelDropout(bool of_samples) : of_samples_(of_samples) {}
  double p_ = 0.5;

 private:
  void run(const Run& r, const real* from, real* to, bool accumulate) const {
    const std::int64_t size = positions_ * channels_;
    if (r.mode == Mode::infer || p_ == 0) return kernels::copy(r.workers, r.part.n * size, from, to, accumulate);
    for_each_sample(r, [&](std::int64_t sample, const Workers& alone, std::byte* scratch) {
      auto* const factors = reinterpret_cast<real*>(scratch);
      const std::int64_t drawn = of_samples_ ? 1 : channels_, first = (r.part.first + sample) * drawn;
      std::fill_n(factors, drawn, real{1});
      kernels::dropout(alone, {r.key.seed, r.key.step, r.key.layer}, p_, first, drawn, factors, factors, false);
      if (of_samples_) std::fill_n(factors, channels_, factors[0]);
      kernels::scale_channels(alone, 1, positions_, channels_, from + sample * size, factors, to + sample * size,
                              accumulate);
    });
  }

  bool of_samples_;
  std::int64_t channels_ = 1, positions_ = 1;
};

class Dropout2d final : public ChannelDropout {
 public:
  Dropout2d() : ChannelDropout(false) {}
  void fields(Fields& f) override {
    f.shorthand("p");
    f.optional("p", p_, "share of the channels of a sample that become zero", fraction());
  }
};

class StochasticDepth final : public ChannelDropout {
 public:
  StochasticDepth() : ChannelDropout(true) {}
  void fields(Fields& f) override {
    f.shorthand("p");
    f.optional("p", p_, "share of the samples that become zero: of a residual branch, that pass it by", fraction());
  }
};

}  // namespace

extern constinit const Kind<Layer> kDropout2d = kind_of<Layer, Dropout2d>(
    "dropout2d",
    "Zeroes a share of each sample's channels at random while training; nothing in inference.\n"
    "training: y[c] = x[c] / (1 - p), or 0 with probability p for a whole channel; else y = x\n"
    "Tompson et al., \"Efficient object localization using convolutional networks\", CVPR 2015",
    "{p: 0.2}");
extern constinit const Kind<Layer> kStochasticDepth = kind_of<Layer, StochasticDepth>(
    "stochastic_depth",
    "Zeroes a residual branch for a share of the samples while training; nothing in inference.\n"
    "training: y = x / (1 - p), or 0 with probability p for a whole sample; else y = x\n"
    "Huang et al., \"Deep networks with stochastic depth\", ECCV 2016",
    "{p: 0.1}");

}  // namespace cnnctl
