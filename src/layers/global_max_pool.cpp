// layers/global_max_pool.cpp - the largest value of each channel over all positions; the output is a vector.
#include <fmt/format.h>

#include "base/error.hpp"
#include "kernels/pool/pool.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class GlobalMaxPool final : public Layer {
 public:
  void fields(Fields&) override {}

  Plan plan(const Inputs& inputs) override {
    const Shape& x = inputs.shapes[0];
    if (x.axes() == 0)
      throw ShapeError(fmt::format("global_max_pool needs positions to choose from, got {} features", x.str()));
    if (x.positions() > kernels::kMaxPoolPlaces)
      throw ShapeError(fmt::format("global_max_pool takes at most {} positions, got {} of {}", kernels::kMaxPoolPlaces,
                                   x.positions(), x.str()));
    positions_ = x.positions();
    channels_ = x.channels();
    Plan plan;
    plan.output = {channels_};
    plan.reach = Reach::of_all();
    if (inputs.mode == Mode::train) plan.bytes.saved = kernels::max_pool_winners(geometry(inputs.batch));
    plan.reads.input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    kernels::max_pool(f.workers, geometry(f.part.n), f.inputs[0].data, f.output.data,
                      f.mode == Mode::train ? winners(f) : nullptr);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx != nullptr)
      kernels::max_pool_grad(b.workers, geometry(b.part.n), b.output_gradient.data, winners(b), dx, accumulate);
  }

 private:
  /// One window, as high as there are positions.
  kernels::PoolGeometry geometry(std::int64_t n) const {
    return {.n = n, .channels = channels_, .height = positions_, .window_h = positions_};
  }
  std::byte* winners(const Run& r) const { return r.memory.saved + kernels::max_pool_winners(geometry(r.part.first)); }

  std::int64_t positions_ = 1, channels_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kGlobalMaxPool =
    kind_of<Layer, GlobalMaxPool>("global_max_pool",
                                  "Largest value of each channel over all positions; gives a vector.\n"
                                  "y[c] = max of x[c]\n"
                                  "Oquab et al., \"Is object localization for free?\", CVPR 2015",
                                  "");

}  // namespace cnnctl
