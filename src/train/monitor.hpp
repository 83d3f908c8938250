// Which epoch was the best, and when to stop waiting for a better one. Holds nothing: all is in TrainingProgress, so
// that a resumed run decides alike.
#pragma once

#include <optional>

#include "checkpoint/checkpoint.hpp"
#include "experiment/experiment.hpp"
#include "metrics/metrics.hpp"

namespace cnnctl {

class Monitor {
 public:
  explicit Monitor(const Settings& settings);

  std::string_view name() const { return metric_name(metric_); }
  /// Notes the results of the epoch that progress.epoch counts as completed; true if it is the best so far. A result
  /// that is not a number is never the best.
  bool judge(const Metrics& train, const std::optional<Metrics>& validation, TrainingProgress& progress) const;
  /// True when patience has run out.
  bool exhausted(const TrainingProgress& progress) const;

 private:
  Metric metric_;
  std::optional<EarlyStoppingConfig> early_stopping_;
};

}  // namespace cnnctl
