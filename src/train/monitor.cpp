#include "train/monitor.hpp"

namespace cnnctl {
namespace {

double value_of(Metric metric, const Metrics& train, const std::optional<Metrics>& validation) {
  switch (metric) {
    case Metric::val_top1:
      return validation.value_or(train).top1;
    case Metric::val_loss:
      return validation.value_or(train).loss;
    case Metric::train_top1:
      return train.top1;
    case Metric::train_loss:
      return train.loss;
  }
  return 0;
}

bool larger_is_better(Metric metric) { return metric == Metric::val_top1 || metric == Metric::train_top1; }

}  // namespace

Monitor::Monitor(const Settings& settings)
    : metric_(settings.monitor()), early_stopping_(settings.train.early_stopping) {}

bool Monitor::judge(const Metrics& train, const std::optional<Metrics>& validation, TrainingProgress& progress) const {
  const double value = value_of(metric_, train, validation);
  const double gain = larger_is_better(metric_) ? value - progress.best_value : progress.best_value - value;
  const double least = early_stopping_ ? early_stopping_->min_delta : 0;
  const bool better = value == value && (progress.best_epoch < 0 || gain > least);
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
