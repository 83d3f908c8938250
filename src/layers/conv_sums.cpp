#include "layers/conv_sums.hpp"

#include <algorithm>

#include "kernels/matrix/column_sums.hpp"
#include "kernels/pointwise/reduce.hpp"

namespace cnnctl {

void ConvSums::plan(const ConvMethod& method, std::int64_t channels, bool bias, std::int64_t results, Plan& plan) {
  channels_ = channels;
  bias_ = bias;
  const std::int64_t values = method.sum_values();
  const std::size_t columns = kernels::column_sums_scratch(results, channels);
  if (values == 0) {
    plan.bytes.parameter_scratch = std::max(plan.bytes.parameter_scratch, columns);
    return;
  }
  plan.bytes.parameter_sum = static_cast<std::size_t>(values + (bias ? channels : 0)) * sizeof(real);
  plan.bytes.worker_scratch =
      std::max(plan.bytes.worker_scratch, aligned(static_cast<std::size_t>(channels) * sizeof(real)) + columns);
}

void ConvSums::whole(const ConvMethod& method, const Backward& b, const ConstView& dy) const {
  if (wants_bias(b))
    kernels::column_sums(b.workers, dy.count() / channels_, channels_, dy.data, b.parameter_gradients[1],
                         b.memory.scratch);
  if (wants_weights(b)) method.weight_gradient(b);
}

void ConvSums::add(const ConvMethod& method, const Backward& b, const ConstView& dy, const ParameterSums& sums) const {
  const std::int64_t values = method.sum_values();
  real* weight = weight_sums(sums) + sums.index * values;
  if (sums.first) std::fill_n(weight, values, real{0});
  b.workers.run(1, [&](std::int64_t, int worker) {
    auto* scratch = reinterpret_cast<real*>(b.memory.scratch_of(worker));
    if (wants_weights(b)) method.add_weights(b, weight, scratch);
    if (wants_bias(b)) add_bias(method, b, dy, sums, scratch);
  });
}

void ConvSums::join(const ConvMethod& method, const Backward& b, const ParameterSums& sums) const {
  if (wants_weights(b)) method.join_weights(b, sums.count, weight_sums(sums));
  if (wants_bias(b))
    kernels::join_sums(b.workers, sums.count, channels_, bias_sums(method, sums), b.parameter_gradients[1]);
}

void ConvSums::add_bias(const ConvMethod& method, const Backward& b, const ConstView& dy, const ParameterSums& sums,
                        real* scratch) const {
  real* sum = bias_sums(method, sums) + sums.index * channels_;
  auto* partials = reinterpret_cast<std::byte*>(scratch) + aligned(static_cast<std::size_t>(channels_) * sizeof(real));
  kernels::column_sums(b.workers, dy.count() / channels_, channels_, dy.data, scratch, partials);
  for (std::int64_t k = 0; k < channels_; ++k) sum[k] = sums.first ? scratch[k] : sum[k] + scratch[k];
}

}  // namespace cnnctl
