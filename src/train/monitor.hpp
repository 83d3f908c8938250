// Which epoch was the best, and when to stop waiting for a better one. Holds nothing: all is in TrainingProgress, so
// that a resumed run decides alike.
#pragma once

#include <optional>
#include <string>

#include "checkpoint/checkpoint.hpp"
#include "experiment/goal.hpp"

namespace cnnctl {

class Monitor {
 public:
  Monitor(const Goal& goal, const std::optional<EarlyStoppingConfig>& early_stopping);

  const std::string& name() const { return name_; }
  bool larger_is_better() const { return larger_is_better_; }
  /// The monitored number.
  double value(const Results& train, const std::optional<Results>& validation) const;
  /// Notes the results of the epoch that progress.epoch counts as completed; true if it is the best so far. A result
  /// that is not a number is never the best.
  bool judge(const Results& train, const std::optional<Results>& validation, TrainingProgress& progress) const;
  /// True when patience has run out.
  bool exhausted(const TrainingProgress& progress) const;

 private:
  std::string name_, number_;  // "val_top1", "top1"
  bool of_validation_, larger_is_better_;
  std::optional<EarlyStoppingConfig> early_stopping_;
};

}  // namespace cnnctl
