#include "train/lr_range.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/interrupt.hpp"
#include "train/rehearsal.hpp"

namespace cnnctl {
namespace {

constexpr double kKept = 0.9;         // of the smoothed loss, each step
constexpr double kDiverged = 4;       // times the least smoothed loss
constexpr std::size_t kReaches = 20;  // a slope is taken over a tenth of the points, half of it on each side

}  // namespace

std::optional<double> steepest_descent(const std::vector<RangeTestResult::Point>& points) {
  const auto least = std::ranges::min_element(points, {}, &RangeTestResult::Point::smoothed);
  const auto end = static_cast<std::size_t>(least - points.begin()) + 1;
  const std::size_t reach = std::max<std::size_t>(1, points.size() / kReaches);
  std::optional<double> best;
  double steepest = 0;
  for (std::size_t i = points.size() / kReaches + reach; i + reach < end; ++i) {
    const RangeTestResult::Point &before = points[i - reach], &after = points[i + reach];
    const double slope = (after.smoothed - before.smoothed) / std::log(after.lr / before.lr);
    if (slope >= steepest) continue;
    steepest = slope;
    best = points[i].lr;
  }
  return best;
}

RangeTestResult test_rates(PreparedRun& run, const RangeTest& test, const Note& note) {
  CNNCTL_CHECK(test.steps >= 2 && test.from > 0 && test.from < test.to);
  run.experiment.settings.train.epochs = test.steps;  // whatever an epoch's length, there are enough of them
  const Interrupt interrupt;
  Rehearsal rehearsal(run, run.workers);
  rehearsal.begin(note);
  RangeTestResult result;
  double mean = 0, weight = 0, least = 0;
  for (std::int64_t i = 0; i < test.steps; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(test.steps - 1);
    const double lr = test.from * std::pow(test.to / test.from, share), loss = rehearsal.step_at(lr, true);
    if (Interrupt::requested() != 0) end_by_signal(Interrupt::requested());
    if (!std::isfinite(loss)) {
      result.diverged = true;
      break;
    }
    mean = kKept * mean + (1 - kKept) * loss;
    weight = kKept * weight + (1 - kKept);
    const double smoothed = mean / weight;
    result.points.push_back({lr, loss, smoothed});
    least = i == 0 ? smoothed : std::min(least, smoothed);
    if (i > 0 && least > 0 && smoothed > kDiverged * least) {
      result.diverged = true;
      break;
    }
  }
  result.suggestion = steepest_descent(result.points);
  return result;
}

}  // namespace cnnctl
