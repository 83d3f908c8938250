// What conv2d computes once it has absorbed max pooling in windows of 2x2.
#pragma once

#include <algorithm>

#include "kernels/conv/pool/conv_pool.hpp"
#include "layers/layer.hpp"

namespace cnnctl {

class ConvPool {
 public:
  /// `geometry`: of the convolution of a whole batch.
  explicit ConvPool(const kernels::ConvGeometry& geometry) : geometry_(geometry) {}

  void plan(const Inputs& inputs, Plan& plan) const {
    const kernels::ConvGeometry& g = geometry_;
    plan.output = {g.k, g.oh / 2, g.ow / 2};
    plan.by_sample = true;
    plan.algorithm = "direct";
    plan.worker_scratch = kernels::conv_pool_bytes(g);
    if (inputs.mode == Mode::infer) return;
    plan.algorithm = "direct / winners";
    plan.saved = kernels::conv_pool_winners(g);
    plan.worker_scratch = std::max(plan.worker_scratch, kernels::conv_pool_weight_bytes(g));
    if (!inputs.input_gradient) return;
    plan.worker_scratch = std::max(plan.worker_scratch, kernels::conv_pool_input_bytes(g));
    plan.prepared_backward = static_cast<std::size_t>(kernels::conv_pool_sum_values(g)) * sizeof(real);
  }

  void prepare_backward(const Prepare& p) const {
    kernels::conv_pool_prepare_input(geometry_, p.parameters[0], weights(p.prepared));
  }

  void forward(const Forward& f, const real* w, const real* bias, kernels::Activation activation) const {
    kernels::conv_pool(f.workers, geometry(f.n), f.inputs[0].data, w, bias, activation, f.output.data,
                       f.mode == Mode::train ? winners(f) : nullptr, scratch(f));
  }

  void backward(const Backward& b) const {
    const auto [dx, accumulate] = b.input_gradients[0];
    kernels::conv_pool_input_gradient(b.workers, geometry(b.n), b.output_gradient.data, winners(b), weights(b.prepared),
                                      dx, accumulate, scratch(b));
  }

  std::int64_t sum_values() const { return kernels::conv_pool_sum_values(geometry_); }
  void add_weights(const Backward& b, real* sum, std::byte* scratch) const {
    kernels::conv_pool_add_weights(geometry(b.n), b.inputs[0].data, b.output_gradient.data, winners(b), sum, scratch);
  }

 private:
  kernels::ConvGeometry geometry(std::int64_t n) const {
    kernels::ConvGeometry g = geometry_;
    g.n = n;
    return g;
  }
  std::byte* winners(const Run& r) const { return r.saved + kernels::conv_pool_winners(geometry(r.first)); }
  static real* weights(std::byte* prepared) { return reinterpret_cast<real*>(prepared); }
  static kernels::ConvScratch scratch(const Run& r) { return {nullptr, r.worker_scratch, r.worker_scratch_bytes}; }

  kernels::ConvGeometry geometry_;
};

}  // namespace cnnctl
