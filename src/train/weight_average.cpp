#include "train/weight_average.hpp"

#include <algorithm>

#include "kernels/pointwise/elementwise.hpp"

namespace cnnctl {

WeightAverage::WeightAverage(const TrainConfig& config, Network& network, const Workers& workers,
                             const OptimizerState& state)
    : config_(config), network_(network), workers_(workers), average_(state.average()) {}

void WeightAverage::begin() {
  if (average_) move(1);
}

void WeightAverage::follow_step(TrainingProgress& progress) {
  if (!config_.ema) return;
  const auto t = static_cast<double>(++progress.averaged);
  const double decay = config_.ema->ramp ? std::min(config_.ema->decay, (1 + t) / (10 + t)) : config_.ema->decay;
  move(1 - decay);
}

void WeightAverage::follow_epoch(TrainingProgress& progress) {
  if (!config_.swa || progress.averaged > progress.epoch - config_.swa->start_epoch) return;
  move(1 / static_cast<double>(++progress.averaged));
}

/// A step of the average towards the weights; what is equal, such as all that is frozen, stays so.
void WeightAverage::move(double share) {
  const auto step = [&](std::int64_t count, const real* from, real* to) {
    if (share == 1)
      std::copy_n(from, count, to);
    else
      kernels::blend(workers_, count, static_cast<real>(share), from, to);
  };
  step(network_.flat_size(), network_.flat_values(), average_->values);
  step(network_.statistics_size(), network_.statistics(), average_->statistics);
}

void WeightAverage::exchange() {
  std::swap_ranges(average_->values, average_->values + network_.flat_size(), network_.flat_values());
  std::swap_ranges(average_->statistics, average_->statistics + network_.statistics_size(), network_.statistics());
}

}  // namespace cnnctl
