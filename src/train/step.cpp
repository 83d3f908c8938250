#include "train/step.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/check.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "kernels/pointwise/reduce.hpp"

namespace cnnctl {
namespace {

/// Adds the time until it goes out of scope to `seconds`, if there is such a number.
class Stopwatch {
 public:
  explicit Stopwatch(double* seconds) : seconds_(seconds) {
    if (seconds_ != nullptr) begin_ = std::chrono::steady_clock::now();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() {
    if (seconds_ != nullptr)
      *seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  double* seconds_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace

TrainingStep::TrainingStep(const StepParts& parts)
    : parts_(parts),
      segments_(parts.network.segments(parts.optimizer.decays_bias_and_norm())),
      outputs_(parts.network.outputs().size()) {
  if (parts.gathers) sum_ = Tensor(1, {parts.network.flat_size()});
}

std::span<const TermValue> TrainingStep::forward(std::int64_t n, std::int64_t step, const Targets& targets) {
  parts_.program.forward(n, parts_.seed, step);
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    outputs_[i] = {parts_.program.outputs()[i], parts_.program.output_gradient(i)};
  const Stopwatch watch(measures_ ? &times_.objective : nullptr);
  return parts_.objective.evaluate(parts_.workers, outputs_, targets);
}

void TrainingStep::backward(std::int64_t step, double lr) {
  parts_.program.backward([&](const Gradients& gradients) { move(gradients, 1, step, lr); });
}

void TrainingStep::gather(double weight) {
  CNNCTL_CHECK(parts_.gathers);
  weight_ += weight;
  parts_.program.backward([&](const Gradients& gradients) {
    kernels::add_scaled(parts_.workers, gradients.end - gradients.begin, static_cast<real>(weight), gradients.values,
                        sum_.data() + gradients.begin);
  });
}

void TrainingStep::update(std::int64_t step, double lr) {
  const double divisor = weight_ > 0 ? weight_ : 1;  // of samples that do not count alone every gradient is 0
  move({0, parts_.network.flat_size(), sum_.data()}, divisor, step, lr);
  forget();
}

void TrainingStep::forget() {
  weight_ = 0;
  for (const Segment& s : segments_) std::fill(sum_.data() + s.begin, sum_.data() + s.end, real{0});
}

void TrainingStep::move(const Gradients& gradients, double divisor, std::int64_t step, double lr) {
  const Stopwatch watch(measures_ ? &times_.update : nullptr);
  if (parts_.clip_grad_value)  // as torch.nn.utils.clip_grad_value_
    kernels::clamp(parts_.workers, gradients.end - gradients.begin,
                   static_cast<real>(*parts_.clip_grad_value * divisor), gradients.values);
  parts_.optimizer.step({parts_.workers, segments_, parts_.network.flat_values(), gradients, parts_.state.pointers(),
                         lr, step, scale_of(gradients, divisor)});
}

/// Scales all gradients together so that their 2-norm is at most clip_grad_norm, as torch.nn.utils.clip_grad_norm_.
double TrainingStep::scale_of(const Gradients& gradients, double divisor) const {
  if (!parts_.clip_grad_norm) return 1 / divisor;
  const double norm =
      std::sqrt(kernels::sum_of_squares(parts_.workers, gradients.end - gradients.begin, gradients.values)) / divisor;
  return std::min(1.0, *parts_.clip_grad_norm / (norm + 1e-6)) / divisor;
}

}  // namespace cnnctl
