// layers/adaptive_avg_pool2d.cpp - means of as many windows as are asked for, as torch.nn.AdaptiveAvgPool2d.
#include "kernels/pool/adaptive_pool.hpp"
#include "kernels/pool/pool.hpp"
#include "layers/layer.hpp"
#include "layers/window.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

class AdaptiveAvgPool2d final : public Layer {
 public:
  void fields(Fields& f) override {
    f.shorthand("output_size");
    f.required("output_size", output_size_, "positions of the output, whatever the input's size; 1: the mean of all",
               per_axis(kImageAxes, between(1, kLargestWindow)));
  }

  Plan plan(const Inputs& inputs) override {
    const Shape& x = inputs.shapes[0];
    expect_axes(x, kImageAxes);
    geometry_ = {.channels = x.channels(),
                 .height = x.height(),
                 .width = x.width(),
                 .out_height = output_size_[0],
                 .out_width = output_size_[1]};
    Plan plan;
    plan.output = {x.channels(), output_size_[0], output_size_[1]};
    plan.reads.input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    if (is_global())
      kernels::global_avg_pool(f.workers, f.part.n, positions(), geometry_.channels, f.inputs[0].data, f.output.data);
    else
      kernels::adaptive_avg_pool(f.workers, geometry(f.part.n), f.inputs[0].data, f.output.data);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    const real* const dy = b.output_gradient.data;
    if (dx == nullptr) return;
    if (is_global())
      kernels::global_avg_pool_grad(b.workers, b.part.n, positions(), geometry_.channels, dy, dx, accumulate);
    else
      kernels::adaptive_avg_pool_grad(b.workers, geometry(b.part.n), dy, dx, accumulate);
  }

 private:
  bool is_global() const { return geometry_.out_height * geometry_.out_width == 1; }
  std::int64_t positions() const { return geometry_.height * geometry_.width; }
  kernels::AdaptivePoolGeometry geometry(std::int64_t n) const {
    kernels::AdaptivePoolGeometry g = geometry_;
    g.n = n;
    return g;
  }

  Sizes output_size_ = Sizes::all(kImageAxes, 1);
  kernels::AdaptivePoolGeometry geometry_;
};

}  // namespace

extern constinit const Kind<Layer> kAdaptiveAvgPool2d = kind_of<Layer, AdaptiveAvgPool2d>(
    "adaptive_avg_pool2d", "Means of as many windows as the output has positions.", "{output_size: 7}");

}  // namespace cnnctl
