// layers/max_pool2d.cpp - keeps the largest value of each window.
//
// May do an activation behind it as well: y = act(max_pool(x)).
#include <fmt/format.h>

#include "base/error.hpp"
#include "layers/pooling.hpp"

namespace cnnctl {
namespace {

class MaxPool2d final : public Pooling {
 public:
  void fields(Fields& f) override { window_fields(f); }

  Plan plan(const Inputs& inputs) override {
    Plan plan;
    plan.output = plan_output(inputs);
    activation_ = fused_activation(inputs.behind);
    const kernels::PoolGeometry g = geometry(inputs.batch);
    if (g.window_h * g.window_w > kernels::kMaxPoolPlaces)
      throw ShapeError(
          fmt::format("window {}x{} holds more than {} values", g.window_h, g.window_w, kernels::kMaxPoolPlaces));
    if (inputs.mode == Mode::train) plan.bytes.saved = kernels::max_pool_winners(g);
    plan.reads.input = false;
    plan.reads.output = activation_.type != kernels::Activation::Type::none;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    kernels::max_pool(f.workers, geometry(f.part.n), f.inputs[0].data, f.output.data,
                      f.mode == Mode::train ? winners(f) : nullptr);
    kernels::activate(f.workers, activation_, f.output.count(), f.output.data, f.output.data);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    real* dy = b.output_gradient.data;
    if (activation_.type != kernels::Activation::Type::none)
      kernels::activate_grad(b.workers, activation_, b.output.count(), b.output.data, dy, dy, false);
    kernels::max_pool_grad(b.workers, geometry(b.part.n), dy, winners(b), dx, accumulate);
  }

  Traits traits() const override { return {.max_pool = true, .max_pool_2x2 = has_plain_windows({2, 2})}; }

  bool fuses(const Inputs& inputs, const Traits& next) const override {
    return inputs.behind.empty() && next.activation.has_value();
  }

 private:
  std::byte* winners(const Run& r) const { return r.memory.saved + kernels::max_pool_winners(geometry(r.part.first)); }

  kernels::Activation activation_;  // fused behind
};

}  // namespace

extern constinit const Kind<Layer> kMaxPool2d =
    kind_of<Layer, MaxPool2d>("max_pool2d", "Largest value of each window.", "{kernel_size: 2}");

}  // namespace cnnctl
