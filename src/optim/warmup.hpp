// The base of all schedules: warm-up. Knows how a run begins; knows nothing of how it goes on.
#pragma once

#include <optional>

#include "optim/optimizer.hpp"

namespace cnnctl {

/// factor = warm-up x the schedule proper.
///
/// The warm-up takes n steps: `warmup_steps`, or `warmup_epochs` times the steps of an epoch, rounded; 0 for none. Step
/// t (from 0) below n gets s + (1 - s) * t / n, where s is `warmup_start`, by default 1 / (n + 1): then the rates are
/// 1/(n+1), 2/(n+1) ... n/(n+1), and step n has the full rate.
class WarmupSchedule : public Schedule {
 public:
  void fields(Fields& f) final;
  double factor(const Progress& p) const final;
  std::string beyond(std::int64_t epochs) const final;

 protected:
  /// The fields of the schedule proper, documented before those of the warm-up.
  virtual void own_fields(Fields& f) = 0;
  /// The schedule proper; `warmup` is the n above.
  virtual double after(const Progress& p, std::int64_t warmup) const = 0;
  /// The share of the steps after the warm-up that is done: 0 before its end, 1 when the last step is done.
  static double share_after(const Progress& p, std::int64_t warmup);
  /// What of the schedule proper lies beyond.
  virtual std::string own_beyond(std::int64_t) const { return {}; }

 private:
  double warmup_epochs_ = 0;
  std::int64_t warmup_steps_ = 0;
  std::optional<double> warmup_start_;
};

}  // namespace cnnctl
