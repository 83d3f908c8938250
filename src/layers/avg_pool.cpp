// layers/avg_pool.cpp - the mean of each window of a sequence, an image or a volume.
#include "layers/pooling.hpp"

namespace cnnctl {
namespace {

class AvgPool : public Pooling {
 public:
  using Pooling::Pooling;

  void fields(Fields& f) final {
    window_fields(f);
    f.optional("count_include_pad", count_include_pad_, "whether the padding's zeros count in the mean");
  }

  Plan plan(const Inputs& inputs) final {
    Plan plan;
    plan.output = plan_output(inputs);
    plan.reach = reach();
    if (is_volume()) plan.bytes.worker_scratch = static_cast<std::size_t>(depth().inputs()) * sizeof(real);
    plan.reads.input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const final {
    const bool padding = count_include_pad_;
    const real* const x = f.inputs[0].data;
    real* const y = f.output.data;
    if (!is_volume()) return kernels::avg_pool(f.workers, geometry(f.part.n), padding, x, y);
    for_volumes(f, [&](std::int64_t n, const Workers& workers, real* between) {
      const kernels::PoolGeometry plane = geometry(1);
      kernels::avg_pool(workers, plane, padding, x + n * plane.inputs(), between);
      kernels::avg_pool(workers, depth(), padding, between, y + n * depth().outputs());
    });
  }

  void backward(const Backward& b) const final {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    const bool padding = count_include_pad_;
    const real* const dy = b.output_gradient.data;
    if (!is_volume()) return kernels::avg_pool_grad(b.workers, geometry(b.part.n), padding, dy, dx, accumulate);
    for_volumes(b, [&, dx = dx, accumulate = accumulate](std::int64_t n, const Workers& workers, real* between) {
      const kernels::PoolGeometry plane = geometry(1);
      kernels::avg_pool_grad(workers, depth(), padding, dy + n * depth().outputs(), between, false);
      kernels::avg_pool_grad(workers, plane, padding, between, dx + n * plane.inputs(), accumulate);
    });
  }

 private:
  bool count_include_pad_ = true;
};

struct AvgPool1d final : AvgPool {
  AvgPool1d() : AvgPool(1) {}
};
struct AvgPool2d final : AvgPool {
  AvgPool2d() : AvgPool(2) {}
};
struct AvgPool3d final : AvgPool {
  AvgPool3d() : AvgPool(3) {}
};

}  // namespace

extern constinit const Kind<Layer> kAvgPool1d =
    kind_of<Layer, AvgPool1d>("avg_pool1d",
                              "Mean of each window of a sequence.\n"
                              "y[i] = mean over taps t of x[stride*i + t - padding]\n"
                              "LeCun et al., \"Gradient-based learning applied to document recognition\", 1998",
                              "{kernel_size: 3, stride: 2}");
extern constinit const Kind<Layer> kAvgPool2d =
    kind_of<Layer, AvgPool2d>("avg_pool2d",
                              "Mean of each window.\n"
                              "y[i] = mean over taps t of x[stride*i + t - padding]\n"
                              "LeCun et al., \"Gradient-based learning applied to document recognition\", 1998",
                              "{kernel_size: 3, stride: 2, padding: 1}");
extern constinit const Kind<Layer> kAvgPool3d =
    kind_of<Layer, AvgPool3d>("avg_pool3d",
                              "Mean of each window of a volume.\n"
                              "y[i] = mean over taps t of x[stride*i + t - padding]\n"
                              "LeCun et al., \"Gradient-based learning applied to document recognition\", 1998",
                              "{kernel_size: 2}");

}  // namespace cnnctl
