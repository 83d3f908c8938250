// Which learning rates a training takes: the range test of Smith, "Cyclical learning rates for training neural
// networks", WACV 2017, in the form of fastai's lr_find.
#pragma once

#include <optional>
#include <vector>

#include "train/prepared_run.hpp"

namespace cnnctl {

struct RangeTest {
  double from = 1e-7, to = 10;
  std::int64_t steps = 100;  // two at least
};

struct RangeTestResult {
  struct Point {
    double lr, loss, smoothed;
  };
  std::vector<Point> points;  // of finite losses
  bool diverged = false;      // and so ended before its last step
  std::optional<double> suggestion;
};

/// Trains from the run's first weights, each step at a rate that is the one before it times the same factor. Ends early
/// when the smoothed loss is four times its least, or not finite. `smoothed` is the mean of all losses so far, each
/// weighing 0.9 of the next one: with fastai's 0.98 a hundred steps would show the fall two powers of ten late. The
/// run's network holds no weights of use afterwards; no file is written.
RangeTestResult test_rates(PreparedRun& run, const RangeTest& test, const Note& note);

/// The rate around which a smoothed loss falls fastest over log(lr), before its least value; none where it never falls.
/// The first steps, in which a mean of few losses jumps about, do not count.
std::optional<double> steepest_descent(const std::vector<RangeTestResult::Point>& points);

}  // namespace cnnctl
