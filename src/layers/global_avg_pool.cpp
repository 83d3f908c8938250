// layers/global_avg_pool.cpp - the mean of each channel over all positions; the output is a vector.
#include <fmt/format.h>

#include "base/error.hpp"
#include "kernels/pool/pool.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class GlobalAvgPool final : public Layer {
 public:
  void fields(Fields&) override {}

  Plan plan(const Inputs& inputs) override {
    const Shape& x = inputs.shapes[0];
    if (x.axes() == 0)
      throw ShapeError(fmt::format("global_avg_pool needs positions to average over, got {} features", x.str()));
    positions_ = x.positions();
    channels_ = x.channels();
    Plan plan;
    plan.output = {channels_};
    plan.reach = Reach::of_all();
    plan.reads.input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    kernels::global_avg_pool(f.workers, f.part.n, positions_, channels_, f.inputs[0].data, f.output.data);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    kernels::global_avg_pool_grad(b.workers, b.part.n, positions_, channels_, b.output_gradient.data, dx, accumulate);
  }

 private:
  std::int64_t positions_ = 1, channels_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kGlobalAvgPool =
    kind_of<Layer, GlobalAvgPool>("global_avg_pool",
                                  "Mean of each channel over all positions; gives a vector.\n"
                                  "y[c] = mean of x[c]\n"
                                  "Lin, Chen, Yan, \"Network in network\", ICLR 2014",
                                  "");

}  // namespace cnnctl
