#include "train/monitor.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace cnnctl {

Monitor::Monitor(const Goal& goal, const std::optional<EarlyStoppingConfig>& early_stopping)
    : name_(goal.monitor),
      number_(goal.monitor.substr(goal.monitor.find('_') + 1)),
      of_validation_(goal.monitor.starts_with("val_")),
      early_stopping_(early_stopping) {
  const std::vector<Number> numbers = goal.numbers();
  const auto number = std::ranges::find(numbers, number_, &Number::name);
  CNNCTL_CHECK(number != numbers.end());
  larger_is_better_ = number->larger_is_better;
}

double Monitor::value(const Results& train, const std::optional<Results>& validation) const {
  return (of_validation_ ? validation.value() : train).find(number_)->value;
}

bool Monitor::judge(const Results& train, const std::optional<Results>& validation, TrainingProgress& progress) const {
  const double value = this->value(train, validation);
  const double gain = larger_is_better_ ? value - progress.best_value : progress.best_value - value;
  const double least = early_stopping_ ? early_stopping_->min_delta : 0;
  const bool better = !std::isnan(value) && (progress.best_epoch < 0 || gain > least);
  progress.epochs_without_improvement = better ? 0 : progress.epochs_without_improvement + 1;
  if (better) {
    progress.best_epoch = progress.epoch - 1;
    progress.best_value = value;
  }
  return better;
}

bool Monitor::exhausted(const TrainingProgress& progress) const {
  return early_stopping_ && progress.epochs_without_improvement >= early_stopping_->patience;
}

}  // namespace cnnctl
