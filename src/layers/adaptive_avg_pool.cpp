// layers/adaptive_avg_pool.cpp - means of as many windows as are asked for, as torch.nn.AdaptiveAvgPool1d, 2d and 3d.
#include "kernels/pool/pool.hpp"
#include "layers/adaptive_pooling.hpp"

namespace cnnctl {
namespace {

class AdaptiveAvgPool : public AdaptivePooling {
 public:
  using AdaptivePooling::AdaptivePooling;

  Plan plan(const Inputs& inputs) final {
    Plan plan;
    plan.output = plan_output(inputs);
    plan.reach = reach();
    if (is_volume() && !is_global())
      plan.bytes.worker_scratch = static_cast<std::size_t>(depth().inputs()) * sizeof(real);
    plan.reads.input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const final {
    const real* const x = f.inputs[0].data;
    real* const y = f.output.data;
    if (is_global()) return kernels::global_avg_pool(f.workers, f.part.n, positions(), channels(), x, y);
    if (!is_volume()) return kernels::adaptive_avg_pool(f.workers, geometry(f.part.n), x, y);
    for_volumes(f, [&](std::int64_t n, const Workers& workers, real* between) {
      const kernels::AdaptivePoolGeometry plane = geometry(1);
      kernels::adaptive_avg_pool(workers, plane, x + n * plane.inputs(), between);
      kernels::adaptive_avg_pool(workers, depth(), between, y + n * depth().outputs());
    });
  }

  void backward(const Backward& b) const final {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    const real* const dy = b.output_gradient.data;
    if (is_global())
      return kernels::global_avg_pool_grad(b.workers, b.part.n, positions(), channels(), dy, dx, accumulate);
    if (!is_volume()) return kernels::adaptive_avg_pool_grad(b.workers, geometry(b.part.n), dy, dx, accumulate);
    for_volumes(b, [&, dx = dx, accumulate = accumulate](std::int64_t n, const Workers& workers, real* between) {
      const kernels::AdaptivePoolGeometry plane = geometry(1);
      kernels::adaptive_avg_pool_grad(workers, depth(), dy + n * depth().outputs(), between, false);
      kernels::adaptive_avg_pool_grad(workers, plane, between, dx + n * plane.inputs(), accumulate);
    });
  }
};

struct AdaptiveAvgPool1d final : AdaptiveAvgPool {
  AdaptiveAvgPool1d() : AdaptiveAvgPool(1) {}
};
struct AdaptiveAvgPool2d final : AdaptiveAvgPool {
  AdaptiveAvgPool2d() : AdaptiveAvgPool(2) {}
};
struct AdaptiveAvgPool3d final : AdaptiveAvgPool {
  AdaptiveAvgPool3d() : AdaptiveAvgPool(3) {}
};

}  // namespace

extern constinit const Kind<Layer> kAdaptiveAvgPool1d = kind_of<Layer, AdaptiveAvgPool1d>(
    "adaptive_avg_pool1d",
    "Means of as many windows of a sequence as the output has positions.\n"
    "y[i] = mean of x[floor(i*in/out)] to before x[ceil((i+1)*in/out)], along each axis\n"
    "He et al., \"Spatial pyramid pooling in deep convolutional networks\", ECCV 2014",
    "{output_size: 7}");
extern constinit const Kind<Layer> kAdaptiveAvgPool2d = kind_of<Layer, AdaptiveAvgPool2d>(
    "adaptive_avg_pool2d",
    "Means of as many windows as the output has positions.\n"
    "y[i] = mean of x[floor(i*in/out)] to before x[ceil((i+1)*in/out)], along each axis\n"
    "He et al., \"Spatial pyramid pooling in deep convolutional networks\", ECCV 2014",
    "{output_size: 7}");
extern constinit const Kind<Layer> kAdaptiveAvgPool3d = kind_of<Layer, AdaptiveAvgPool3d>(
    "adaptive_avg_pool3d",
    "Means of as many windows of a volume as the output has positions.\n"
    "y[i] = mean of x[floor(i*in/out)] to before x[ceil((i+1)*in/out)], along each axis\n"
    "He et al., \"Spatial pyramid pooling in deep convolutional networks\", ECCV 2014",
    "{output_size: 3}");

}  // namespace cnnctl
