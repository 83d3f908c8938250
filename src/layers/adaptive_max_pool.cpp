// layers/adaptive_max_pool.cpp - the largest values of as many windows as are asked for, as torch.nn.AdaptiveMaxPool1d,
// 2d and 3d.
#include <fmt/format.h>

#include "base/error.hpp"
#include "kernels/pool/pool.hpp"
#include "layers/adaptive_pooling.hpp"

namespace cnnctl {
namespace {

class AdaptiveMaxPool : public AdaptivePooling {
 public:
  using AdaptivePooling::AdaptivePooling;

  Plan plan(const Inputs& inputs) final {
    Plan plan;
    plan.output = plan_output(inputs);
    plan.reach = reach();
    require_places(geometry(1));
    if (is_volume()) require_places(depth());
    if (inputs.mode == Mode::train) {
      depth_winners_at_ = plan.bytes.saved = kernels::adaptive_max_pool_winners(geometry(inputs.batch));
      if (is_volume())
        plan.bytes.saved += static_cast<std::size_t>(inputs.batch) * kernels::adaptive_max_pool_winners(depth());
    }
    if (is_volume()) plan.bytes.worker_scratch = static_cast<std::size_t>(depth().inputs()) * sizeof(real);
    plan.reads.input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const final {
    const bool train = f.mode == Mode::train;
    const real* const x = f.inputs[0].data;
    real* const y = f.output.data;
    if (!is_volume())
      return kernels::adaptive_max_pool(f.workers, geometry(f.part.n), x, y, train ? winners_of(f, 0) : nullptr);
    for_volumes(f, [&](std::int64_t n, const Workers& workers, real* between) {
      const kernels::AdaptivePoolGeometry plane = geometry(1);
      kernels::adaptive_max_pool(workers, plane, x + n * plane.inputs(), between, train ? winners_of(f, n) : nullptr);
      kernels::adaptive_max_pool(workers, depth(), between, y + n * depth().outputs(),
                                 train ? depth_winners_of(f, n) : nullptr);
    });
  }

  void backward(const Backward& b) const final {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    const real* const dy = b.output_gradient.data;
    if (!is_volume())
      return kernels::adaptive_max_pool_grad(b.workers, geometry(b.part.n), dy, winners_of(b, 0), dx, accumulate);
    for_volumes(b, [&, dx = dx, accumulate = accumulate](std::int64_t n, const Workers& workers, real* between) {
      const kernels::AdaptivePoolGeometry plane = geometry(1);
      kernels::adaptive_max_pool_grad(workers, depth(), dy + n * depth().outputs(), depth_winners_of(b, n), between,
                                      false);
      kernels::adaptive_max_pool_grad(workers, plane, between, winners_of(b, n), dx + n * plane.inputs(), accumulate);
    });
  }

 private:
  static void require_places(const kernels::AdaptivePoolGeometry& g) {
    if (g.places() > kernels::kMaxPoolPlaces)
      throw ShapeError(fmt::format("a window of {} values, of {}x{} positions for {}x{}, is larger than {}", g.places(),
                                   g.height, g.width, g.out_height, g.out_width, kernels::kMaxPoolPlaces));
  }

  /// Of sample n of the part.
  std::byte* winners_of(const Run& r, std::int64_t n) const {
    return r.memory.saved + kernels::adaptive_max_pool_winners(geometry(r.part.first + n));
  }
  std::byte* depth_winners_of(const Run& r, std::int64_t n) const {
    return r.memory.saved + depth_winners_at_ +
           static_cast<std::size_t>(r.part.first + n) * kernels::adaptive_max_pool_winners(depth());
  }

  std::size_t depth_winners_at_ = 0;
};

struct AdaptiveMaxPool1d final : AdaptiveMaxPool {
  AdaptiveMaxPool1d() : AdaptiveMaxPool(1) {}
};
struct AdaptiveMaxPool2d final : AdaptiveMaxPool {
  AdaptiveMaxPool2d() : AdaptiveMaxPool(2) {}
};
struct AdaptiveMaxPool3d final : AdaptiveMaxPool {
  AdaptiveMaxPool3d() : AdaptiveMaxPool(3) {}
};

}  // namespace

extern constinit const Kind<Layer> kAdaptiveMaxPool1d = kind_of<Layer, AdaptiveMaxPool1d>(
    "adaptive_max_pool1d",
    "Largest values of as many windows of a sequence as the output has positions.\n"
    "y[i] = max of x[floor(i*in/out)] to before x[ceil((i+1)*in/out)], along each axis\n"
    "He et al., \"Spatial pyramid pooling in deep convolutional networks\", ECCV 2014",
    "{output_size: 7}");
extern constinit const Kind<Layer> kAdaptiveMaxPool2d = kind_of<Layer, AdaptiveMaxPool2d>(
    "adaptive_max_pool2d",
    "Largest values of as many windows as the output has positions.\n"
    "y[i] = max of x[floor(i*in/out)] to before x[ceil((i+1)*in/out)], along each axis\n"
    "He et al., \"Spatial pyramid pooling in deep convolutional networks\", ECCV 2014",
    "{output_size: 7}");
extern constinit const Kind<Layer> kAdaptiveMaxPool3d = kind_of<Layer, AdaptiveMaxPool3d>(
    "adaptive_max_pool3d",
    "Largest values of as many windows of a volume as the output has positions.\n"
    "y[i] = max of x[floor(i*in/out)] to before x[ceil((i+1)*in/out)], along each axis\n"
    "He et al., \"Spatial pyramid pooling in deep convolutional networks\", ECCV 2014",
    "{output_size: 3}");

}  // namespace cnnctl
