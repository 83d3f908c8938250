#include "optim/warmup.hpp"

#include <fmt/format.h>

#include <cmath>

namespace cnnctl {

void WarmupSchedule::fields(Fields& f) {
  own_fields(f);
  f.optional("warmup_epochs", warmup_epochs_, "epochs of linear warm-up, fractions too", between(0, 1e6));
  f.optional("warmup_steps", warmup_steps_, "the same in steps", between(0, 1e12));
  f.optional("warmup_start", warmup_start_, "share of the rate at the first step; default: 1 / (steps of warm-up + 1)",
             between(0, 1));
  f.check(warmup_epochs_ == 0 || warmup_steps_ == 0, "warmup_steps", "give warmup_epochs or warmup_steps, not both");
}

std::string WarmupSchedule::beyond(std::int64_t epochs) const {
  if (warmup_epochs_ > static_cast<double>(epochs))
    return fmt::format("the warm-up of {} epochs is longer than the training of {}: the full rate is never reached",
                       warmup_epochs_, epochs);
  return own_beyond(epochs);
}

double WarmupSchedule::share_after(const Progress& p, std::int64_t warmup) {
  const std::int64_t length = p.steps_per_epoch * p.epochs - warmup, done = p.step - warmup;
  if (done <= 0) return 0;
  return done >= length ? 1 : static_cast<double>(done) / static_cast<double>(length);
}

double WarmupSchedule::factor(const Progress& p) const {
  const std::int64_t n =
      warmup_steps_ > 0 ? warmup_steps_ : std::llround(warmup_epochs_ * static_cast<double>(p.steps_per_epoch));
  const double proper = after(p, n);
  if (p.step >= n) return proper;
  const double length = static_cast<double>(n);
  const double start = warmup_start_.value_or(1 / (length + 1));
  return proper * (start + (1 - start) * static_cast<double>(p.step) / length);
}

}  // namespace cnnctl
