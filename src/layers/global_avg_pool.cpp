// layers/global_avg_pool.cpp - the mean of each channel over the whole image; the output is a vector.
#include "kernels/pool/pool.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class GlobalAvgPool final : public Layer {
 public:
  void fields(Fields&) override {}

  Plan plan(const Inputs& inputs) override {
    expect_image(inputs.shapes[0]);
    pixels_ = inputs.shapes[0].pixels();
    channels_ = inputs.shapes[0].channels();
    Plan plan;
    plan.output = {channels_};
    plan.backward_reads_input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    kernels::global_avg_pool(f.workers, f.n, pixels_, channels_, f.inputs[0].data, f.output.data);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    kernels::global_avg_pool_grad(b.workers, b.n, pixels_, channels_, b.output_gradient.data, dx, accumulate);
  }

 private:
  std::int64_t pixels_ = 1, channels_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kGlobalAvgPool =
    kind_of<Layer, GlobalAvgPool>("global_avg_pool", "Mean of each channel over the whole image; gives a vector.", "");

}  // namespace cnnctl
