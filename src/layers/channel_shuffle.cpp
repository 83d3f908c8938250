// layers/channel_shuffle.cpp - mixes the channels of groups, so that grouped convolutions see each other's.
// Zhang et al., "ShuffleNet", CVPR 2018, as torch.nn.ChannelShuffle.
#include <fmt/format.h>

#include "base/error.hpp"
#include "kernels/pointwise/channels.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class ChannelShuffle final : public Layer {
 public:
  void fields(Fields& f) override {
    f.shorthand("groups");
    f.required("groups", groups_, "how many groups of channels are dealt out in turn", between(1, 1 << 20));
  }

  Plan plan(const Inputs& inputs) override {
    const Shape& x = inputs.shapes[0];
    if (x.channels() % groups_ != 0)
      throw ShapeError(
          fmt::format("channel_shuffle cannot cut {} channels into {} groups of one size", x.channels(), groups_));
    Plan plan;
    plan.output = x;
    plan.reads.input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    const Shape& shape = f.output.shape;
    kernels::shuffle_channels(f.workers, f.part.n * shape.positions(), shape.channels(), groups_, false,
                              f.inputs[0].data, f.output.data, false);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    const Shape& shape = b.output_gradient.shape;
    if (dx != nullptr)
      kernels::shuffle_channels(b.workers, b.part.n * shape.positions(), shape.channels(), groups_, true,
                                b.output_gradient.data, dx, accumulate);
  }

 private:
  std::int64_t groups_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kChannelShuffle =
    kind_of<Layer, ChannelShuffle>("channel_shuffle",
                                   "Deals the channels of groups out in turn.\n"
                                   "y[i * groups + g] = x[g * channels / groups + i]\n"
                                   "Zhang et al., \"ShuffleNet\", CVPR 2018",
                                   "{groups: 2}");

}  // namespace cnnctl
