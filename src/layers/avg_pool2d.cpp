// layers/avg_pool2d.cpp - the mean of each window.
#include "layers/pooling.hpp"

namespace cnnctl {
namespace {

class AvgPool2d final : public Pooling {
 public:
  void fields(Fields& f) override {
    window_fields(f);
    f.optional("count_include_pad", count_include_pad_, "whether the padding's zeros count in the mean");
  }

  Plan plan(const Inputs& inputs) override {
    Plan plan;
    plan.output = plan_output(inputs);
    plan.reads.input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    kernels::avg_pool(f.workers, geometry(f.part.n), count_include_pad_, f.inputs[0].data, f.output.data);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    kernels::avg_pool_grad(b.workers, geometry(b.part.n), count_include_pad_, b.output_gradient.data, dx, accumulate);
  }

 private:
  bool count_include_pad_ = true;
};

}  // namespace

extern constinit const Kind<Layer> kAvgPool2d =
    kind_of<Layer, AvgPool2d>("avg_pool2d", "Mean of each window.", "{kernel_size: 3, stride: 2, padding: 1}");

}  // namespace cnnctl
