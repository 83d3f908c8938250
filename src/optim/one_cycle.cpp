// one_cycle - up to the full rate and down again, over the whole training, step by step.
// Smith and Topin, "Super-convergence", 2017, as torch.optim.lr_scheduler.OneCycleLR stepped once a batch (cosines, two
// phases, cycle_momentum off); optimizer.lr is its max_lr.
#include <cmath>
#include <numbers>

#include "optim/catalog.hpp"
#include "optim/warmup.hpp"

namespace cnnctl {
namespace {

class OneCycle final : public WarmupSchedule {
  void own_fields(Fields& f) override {
    f.optional("pct_start", pct_start_, "share of the steps until the full rate",
               Limits{.low = 0, .high = 1, .low_open = true, .high_open = true});
    f.optional("div_factor", div_factor_, "the first rate is the full one / this", between(1, 1e12));
    f.optional("final_div_factor", final_div_factor_, "the last rate is the first one / this", between(1, 1e12));
  }

  double after(const Progress& p, std::int64_t warmup) const override {
    const double steps = static_cast<double>(p.steps_per_epoch * p.epochs - warmup);
    const double done = static_cast<double>(p.step - warmup), peak = pct_start_ * steps - 1, last = steps - 1;
    const double first = 1 / div_factor_, least = first / final_div_factor_;
    if (done <= 0 && peak > 0) return first;
    if (done <= peak) return between_cosines(first, 1, done / peak);
    if (done >= last) return least;
    return between_cosines(1, least, (done - peak) / (last - peak));
  }

  /// From a to b as half a cosine goes.
  static double between_cosines(double a, double b, double share) {
    return b + (a - b) * (1 + std::cos(std::numbers::pi * share)) / 2;
  }

  double pct_start_ = 0.3, div_factor_ = 25, final_div_factor_ = 1e4;
};

}  // namespace

constexpr Kind<Schedule> kOneCycleKind = kind_of<Schedule, OneCycle>(
    "one_cycle",
    "up to the full rate and far down, over the whole training\n"
    "from lr / div_factor up to lr, then down to lr / (div_factor * final_div_factor), each half a cosine\n"
    "Smith, Topin, \"Super-convergence\", 2017",
    "{pct_start: 0.3}");

}  // namespace cnnctl
