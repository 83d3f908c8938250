// layers/max_pool2d.cpp - keeps the largest value of each window.
//
// May absorb an activation: y = act(max_pool(x)).
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
    const kernels::PoolGeometry g = geometry(inputs.batch);
    if (g.window_h * g.window_w > kernels::kMaxPoolPlaces)
      throw ShapeError(
          fmt::format("window {}x{} holds more than {} values", g.window_h, g.window_w, kernels::kMaxPoolPlaces));
    if (inputs.mode == Mode::train) plan.saved = kernels::max_pool_winners(g);
    plan.backward_reads_input = false;
    plan.backward_reads_output = activation_.type != kernels::Activation::Type::none;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    kernels::max_pool(f.workers, geometry(f.n), f.inputs[0].data, f.output.data,
                      f.mode == Mode::train ? winners(f) : nullptr);
    kernels::activate(f.workers, activation_, f.output.count(), f.output.data, f.output.data);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    real* dy = b.output_gradient.data;
    if (activation_.type != kernels::Activation::Type::none)
      kernels::activate_grad(b.workers, activation_, b.output.count(), b.output.data, dy, dy, false);
    kernels::max_pool_grad(b.workers, geometry(b.n), dy, winners(b), dx, accumulate);
  }

  Traits traits() const override { return {.max_pool = true, .max_pool_2x2 = has_plain_windows({2, 2})}; }

  bool absorb(const Traits& next, Mode, const Shape&) override {
    if (!next.activation || activation_.type != kernels::Activation::Type::none) return false;
    activation_ = *next.activation;
    return true;
  }

 private:
  std::byte* winners(const Run& r) const { return r.saved + kernels::max_pool_winners(geometry(r.first)); }

  kernels::Activation activation_;  // absorbed
};

}  // namespace

extern constinit const Kind<Layer> kMaxPool2d =
    kind_of<Layer, MaxPool2d>("max_pool2d", "Largest value of each window.", "{kernel_size: 2}");

}  // namespace cnnctl
