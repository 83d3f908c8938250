// layers/max_pool.cpp - keeps the largest value of each window of a sequence, an image or a volume.
//
// May do an activation behind it as well: y = act(max_pool(x)).
#include <fmt/format.h>

#include "base/error.hpp"
#include "layers/pooling.hpp"

namespace cnnctl {
namespace {

class MaxPool : public Pooling {
 public:
  using Pooling::Pooling;

  void fields(Fields& f) final { window_fields(f); }

  Plan plan(const Inputs& inputs) final {
    Plan plan;
    plan.output = plan_output(inputs);
    plan.reach = reach();
    activation_ = fused_activation(inputs.behind);
    const kernels::PoolGeometry g = geometry(inputs.batch);
    require_places(g);
    if (inputs.mode == Mode::train) plan.bytes.saved = kernels::max_pool_winners(g);
    if (is_volume()) {
      require_places(depth());
      depth_winners_at_ = plan.bytes.saved;
      if (inputs.mode == Mode::train)
        plan.bytes.saved += static_cast<std::size_t>(inputs.batch) * kernels::max_pool_winners(depth());
      plan.bytes.worker_scratch = static_cast<std::size_t>(depth().inputs()) * sizeof(real);
    }
    plan.reads.input = false;
    plan.reads.output = activation_.type != kernels::Activation::Type::none;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const final {
    if (is_volume())
      forward_volumes(f);
    else
      kernels::max_pool(f.workers, geometry(f.part.n), f.inputs[0].data, f.output.data,
                        f.mode == Mode::train ? winners_of(f, 0) : nullptr);
    kernels::activate(f.workers, activation_, f.output.count(), f.output.data, f.output.data);
  }

  void backward(const Backward& b) const final {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    real* dy = b.output_gradient.data;
    if (activation_.type != kernels::Activation::Type::none)
      kernels::activate_grad(b.workers, activation_, b.output.count(), b.output.data, dy, dy, false);
    if (is_volume()) return backward_volumes(b);
    kernels::max_pool_grad(b.workers, geometry(b.part.n), dy, winners_of(b, 0), dx, accumulate);
  }

  Traits traits() const final { return {.max_pool = true, .max_pool_2x2 = has_plain_windows({2, 2})}; }

  bool fuses(const Inputs& inputs, const Traits& next) const final {
    return inputs.behind.empty() && next.activation.has_value();
  }

 private:
  static void require_places(const kernels::PoolGeometry& g) {
    if (g.window_h * g.window_w > kernels::kMaxPoolPlaces)
      throw ShapeError(
          fmt::format("window {}x{} holds more than {} values", g.window_h, g.window_w, kernels::kMaxPoolPlaces));
  }

  void forward_volumes(const Forward& f) const {
    for_volumes(f, [&](std::int64_t n, const Workers& workers, real* between) {
      const bool train = f.mode == Mode::train;
      const kernels::PoolGeometry plane = geometry(1);
      kernels::max_pool(workers, plane, f.inputs[0].data + n * plane.inputs(), between,
                        train ? winners_of(f, n) : nullptr);
      kernels::max_pool(workers, depth(), between, f.output.data + n * depth().outputs(),
                        train ? depth_winners_of(f, n) : nullptr);
    });
  }

  void backward_volumes(const Backward& b) const {
    const auto [dx, accumulate] = b.input_gradients[0];
    for_volumes(b, [&, dx = dx, accumulate = accumulate](std::int64_t n, const Workers& workers, real* between) {
      const kernels::PoolGeometry plane = geometry(1);
      kernels::max_pool_grad(workers, depth(), b.output_gradient.data + n * depth().outputs(), depth_winners_of(b, n),
                             between, false);
      kernels::max_pool_grad(workers, plane, between, winners_of(b, n), dx + n * plane.inputs(), accumulate);
    });
  }

  /// Of sample n of the part.
  std::byte* winners_of(const Run& r, std::int64_t n) const {
    return r.memory.saved + kernels::max_pool_winners(geometry(r.part.first + n));
  }
  std::byte* depth_winners_of(const Run& r, std::int64_t n) const {
    return r.memory.saved + depth_winners_at_ +
           static_cast<std::size_t>(r.part.first + n) * kernels::max_pool_winners(depth());
  }

  std::size_t depth_winners_at_ = 0;
  kernels::Activation activation_;  // fused behind
};

struct MaxPool1d final : MaxPool {
  MaxPool1d() : MaxPool(1) {}
};
struct MaxPool2d final : MaxPool {
  MaxPool2d() : MaxPool(2) {}
};
struct MaxPool3d final : MaxPool {
  MaxPool3d() : MaxPool(3) {}
};

}  // namespace

extern constinit const Kind<Layer> kMaxPool1d =
    kind_of<Layer, MaxPool1d>("max_pool1d",
                              "Largest value of each window of a sequence.\n"
                              "y[i] = max over taps t of x[stride*i + t - padding]\n"
                              "Ranzato et al., \"Unsupervised learning of invariant feature hierarchies\", CVPR 2007",
                              "{kernel_size: 2}");
extern constinit const Kind<Layer> kMaxPool2d =
    kind_of<Layer, MaxPool2d>("max_pool2d",
                              "Largest value of each window.\n"
                              "y[i] = max over taps t of x[stride*i + t - padding]\n"
                              "Ranzato et al., \"Unsupervised learning of invariant feature hierarchies\", CVPR 2007",
                              "{kernel_size: 2}");
extern constinit const Kind<Layer> kMaxPool3d =
    kind_of<Layer, MaxPool3d>("max_pool3d",
                              "Largest value of each window of a volume.\n"
                              "y[i] = max over taps t of x[stride*i + t - padding]\n"
                              "Ranzato et al., \"Unsupervised learning of invariant feature hierarchies\", CVPR 2007",
                              "{kernel_size: 2}");

}  // namespace cnnctl
