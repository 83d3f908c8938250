// plateau - a lower rate whenever the monitored number (train.monitor) has stopped improving, as
// torch.optim.lr_scheduler.ReduceLROnPlateau.
#include <algorithm>
#include <cmath>
#include <limits>

#include "optim/catalog.hpp"
#include "optim/warmup.hpp"

namespace cnnctl {

enum class ThresholdMode { rel, abs };
template <>
struct Words<ThresholdMode> {
  static constexpr std::pair<std::string_view, ThresholdMode> list[] = {{"rel", ThresholdMode::rel},
                                                                        {"abs", ThresholdMode::abs}};
};

namespace {

class Plateau final : public WarmupSchedule {
  void own_fields(Fields& f) override {
    f.optional("factor", factor_, "of the rate, each time",
               Limits{.low = 0, .high = 1, .low_open = true, .high_open = true});
    f.optional("patience", patience_, "epochs without an improvement that are put up with", between(0, 1e6));
    f.optional("threshold", threshold_, "smallest change that counts as an improvement", at_least(0));
    f.optional("threshold_mode", threshold_mode_, "rel: as a share of the best value; abs: as it stands");
    f.optional("cooldown", cooldown_, "epochs after a drop in which nothing is counted", between(0, 1e6));
    f.optional("min_lr", min_lr_, "the rate never falls below this", at_least(0));
    f.optional("eps", eps_, "a drop by no more than this is left out", at_least(0));
  }

  double after(const Progress& p, std::int64_t) const override { return p.noted.factor; }

  bool follows_results() const override { return true; }

  void note(const EpochResult& epoch, Noted& noted) const override {
    if (is_better(epoch, noted.best)) {
      noted.best = epoch.value;
      noted.bad_epochs = 0;
    } else {
      ++noted.bad_epochs;
    }
    if (noted.cooldown > 0) {
      --noted.cooldown;
      noted.bad_epochs = 0;
    }
    if (noted.bad_epochs <= patience_) return;
    const double lower = std::max(noted.factor * factor_, min_lr_ / epoch.lr);
    if ((noted.factor - lower) * epoch.lr > eps_) noted.factor = lower;
    noted.cooldown = cooldown_;
    noted.bad_epochs = 0;
  }

  /// A value that is not a number never is.
  bool is_better(const EpochResult& epoch, const std::optional<double>& best) const {
    const double sign = epoch.larger_is_better ? 1 : -1;
    if (!best) return epoch.value * sign > -std::numeric_limits<double>::infinity();
    const double bound =
        threshold_mode_ == ThresholdMode::rel ? *best * (1 + sign * threshold_) : *best + sign * threshold_;
    return epoch.larger_is_better ? epoch.value > bound : epoch.value < bound;
  }

  double factor_ = 0.1, threshold_ = 1e-4, min_lr_ = 0, eps_ = 1e-8;
  std::int64_t patience_ = 10, cooldown_ = 0;
  ThresholdMode threshold_mode_ = ThresholdMode::rel;
};

}  // namespace

constexpr Kind<Schedule> kPlateauKind = kind_of<Schedule, Plateau>(
    "plateau",
    "a lower rate whenever the monitored number has stopped improving\n"
    "lr * factor^n, at least min_lr, where n counts the times that it was no better for more than patience epochs",
    "{factor: 0.5, patience: 5}");

}  // namespace cnnctl
