#include "experiment/rate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cnnctl {

double learning_rate(const Settings& settings, const Progress& p) {
  const auto scheduled = [&](std::int64_t step) {
    Progress at = p;
    at.step = step;
    return settings.optimizer->lr() * settings.lr_scheduler->factor(at);
  };
  const std::optional<SwaConfig>& swa = settings.train.swa;
  if (!swa || !swa->lr) return scheduled(p.step);
  const std::int64_t begin = swa->start_epoch * p.steps_per_epoch, length = swa->anneal_epochs * p.steps_per_epoch;
  if (p.step < begin) return scheduled(p.step);
  const double done = static_cast<double>(p.step - begin);
  const double share = length > 0 ? std::min(1.0, done / static_cast<double>(length)) : 1;
  const double way = swa->anneal_strategy == Anneal::linear ? share : (1 - std::cos(std::numbers::pi * share)) / 2;
  return *swa->lr * way + scheduled(begin) * (1 - way);
}

}  // namespace cnnctl
