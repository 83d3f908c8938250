#include "train/monitor.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "metrics/metrics.hpp"
#include "train/tiny.hpp"

TEST_SUITE("train") {
  using namespace cnnctl;
  using cnnctl::testing::tiny;

  /// Feeds validation results epoch after epoch; returns which were the best so far.
  std::vector<bool> judge(const Monitor& monitor, TrainingProgress& progress, const std::vector<double>& top1) {
    std::vector<bool> best;
    for (const double value : top1) {
      ++progress.epoch;
      best.push_back(monitor.judge({1, 1.0, 0.5, {}}, Metrics{1, 1 - value, value, {}}, progress));
    }
    return best;
  }

  TEST_CASE("the best epoch is the first of the best value") {
    const Experiment e = tiny();
    TrainingProgress progress;
    const Monitor monitor(e.settings);
    CHECK(monitor.name() == "val_top1");
    CHECK(judge(monitor, progress, {0.5, 0.7, 0.7, 0.6, 0.8}) == std::vector<bool>{true, true, false, false, true});
    CHECK(progress.best_epoch == 4);
    CHECK(progress.best_value == 0.8);
    CHECK_FALSE(monitor.exhausted(progress));
  }

  TEST_CASE("patience counts epochs without an improvement of min_delta") {
    const Experiment e = tiny({"train.early_stopping={patience: 2, min_delta: 0.05}"});
    TrainingProgress progress;
    const Monitor monitor(e.settings);
    CHECK(judge(monitor, progress, {0.5, 0.54}) == std::vector<bool>{true, false});
    CHECK_FALSE(monitor.exhausted(progress));
    CHECK(judge(monitor, progress, {0.6}) == std::vector<bool>{true});
    judge(monitor, progress, {0.6, 0.61});
    CHECK(monitor.exhausted(progress));
  }

  TEST_CASE("a loss is better when smaller, and NaN never is") {
    const Experiment e = tiny({"train.monitor=val_loss"});
    TrainingProgress progress;
    const Monitor monitor(e.settings);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(judge(monitor, progress, {nan, 0.5, nan, 0.4, 0.6}) == std::vector<bool>{false, true, false, false, true});
    CHECK(progress.best_value == doctest::Approx(0.4));
  }

  TEST_CASE("accuracy counts the first of equal outputs, and five of more than five") {
    const std::vector<real> outputs = {1, 3, 3, 0, 0, 0, 0,  // labels 1 and 2 are level: 1 stands first
                                       1, 3, 3, 0, 0, 0, 0, 7, 6, 5, 4, 3, 2, 1};
    const std::vector<std::int32_t> labels = {1, 2, 5};
    Meter meter;
    meter.add(0.5, 3, {outputs.data(), 3, Shape{7}}, labels);
    const Metrics m = meter.result();
    CHECK(m.samples == 3);
    CHECK(m.loss == doctest::Approx(0.5));
    CHECK(m.top1 == doctest::Approx(1.0 / 3));
    CHECK(m.top5.value() == doctest::Approx(2.0 / 3));
    CHECK_FALSE(in_top(std::vector<real>{std::numeric_limits<real>::quiet_NaN(), 0}, 0, 1));
  }
}
