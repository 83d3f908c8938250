#include "layers/conv_pool.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/conv/pool/conv_pool.hpp"

namespace cnnctl {
namespace {

kernels::ConvScratch worker_scratch(const Run& r) {
  return {nullptr, r.memory.worker_scratch, r.memory.worker_scratch_bytes};
}

}  // namespace

void ConvPool::plan(const kernels::ConvGeometry& geometry, const Inputs& inputs, Plan& plan) {
  geometry_ = geometry;
  plan.output = {geometry.k, geometry.oh / 2, geometry.ow / 2};
  plan.by_sample = true;
  plan.algorithm = "direct";
  plan.bytes.worker_scratch = kernels::conv_pool_bytes(geometry);
  if (inputs.mode == Mode::infer) return;
  const auto wanted = [](bool yes) { return yes ? "winners" : "-"; };
  plan.algorithm = fmt::format("direct / {} / {}", wanted(inputs.input_gradient), wanted(inputs.parameter_gradients));
  plan.bytes.saved = kernels::conv_pool_winners(geometry);
  const auto worker_scratch = [&](std::size_t bytes) {
    plan.bytes.worker_scratch = std::max(plan.bytes.worker_scratch, bytes);
  };
  if (inputs.parameter_gradients) worker_scratch(kernels::conv_pool_weight_bytes(geometry));
  if (!inputs.input_gradient) return;
  worker_scratch(kernels::conv_pool_input_bytes(geometry));
  plan.bytes.prepared_backward = static_cast<std::size_t>(sum_values()) * sizeof(real);
}

void ConvPool::forward(const Forward& f, const real* weights, const kernels::Epilogue& epilogue) const {
  kernels::conv_pool(f.workers, geometry(f.part.n), f.inputs[0].data, weights, epilogue.bias, epilogue.activation,
                     f.output.data, f.mode == Mode::train ? winners(f) : nullptr, worker_scratch(f));
}

void ConvPool::prepare_backward(const Prepare& p) const {
  kernels::conv_pool_prepare_input(geometry_, p.parameters[0], reals(p.prepared));
}

void ConvPool::input_gradient(const Backward& b) const {
  const auto [dx, accumulate] = b.input_gradients[0];
  kernels::conv_pool_input_gradient(b.workers, geometry(b.part.n), b.output_gradient.data, winners(b),
                                    reals(b.memory.prepared), dx, accumulate, worker_scratch(b));
}

std::int64_t ConvPool::sum_values() const { return kernels::conv_pool_sum_values(geometry_); }

void ConvPool::add_weights(const Backward& b, real* sum, real* scratch) const {
  kernels::conv_pool_add_weights(geometry(b.part.n), b.inputs[0].data, b.output_gradient.data, winners(b), sum,
                                 reinterpret_cast<std::byte*>(scratch));
}

void ConvPool::join_weights(const Backward& b, std::int64_t sums, real* all) const {
  kernels::conv_pool_join_weights(b.workers, geometry(b.part.n), sums, all, b.parameter_gradients[0]);
}

std::byte* ConvPool::winners(const Run& r) const {
  return r.memory.saved + kernels::conv_pool_winners(geometry(r.part.first));
}

}  // namespace cnnctl
