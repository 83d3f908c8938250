#include "train/monitor.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "train/tiny.hpp"

TEST_SUITE("train") {
  using namespace cnnctl;
  using cnnctl::testing::tiny;

  Results results(double loss, double top1) {
    return {1, {{"loss", "loss", loss, false, false}, {"top1", "top-1", top1, true, true}}};
  }

  /// A monitor of the tiny experiment, whose data has four classes.
  Monitor monitor_of(const std::vector<std::string>& overrides = {}) {
    const Experiment e = tiny(overrides);
    const Network network(e.model);
    return {plan_goal(e, network, std::vector<NamedTarget>{{"class", {4, {}}}}), e.settings.train.early_stopping};
  }

  /// Feeds validation results epoch after epoch; returns which were the best so far.
  std::vector<bool> judge(const Monitor& monitor, TrainingProgress& progress, const std::vector<double>& top1) {
    std::vector<bool> best;
    for (const double value : top1) {
      ++progress.epoch;
      best.push_back(monitor.judge(results(1.0, 0.5), results(1 - value, value), progress));
    }
    return best;
  }

  TEST_CASE("the best epoch is the first of the best value") {
    TrainingProgress progress;
    const Monitor monitor = monitor_of();
    CHECK(monitor.name() == "val_top1");
    CHECK(judge(monitor, progress, {0.5, 0.7, 0.7, 0.6, 0.8}) == std::vector<bool>{true, true, false, false, true});
    CHECK(progress.best_epoch == 4);
    CHECK(progress.best_value == 0.8);
    CHECK_FALSE(monitor.exhausted(progress));
  }

  TEST_CASE("patience counts epochs without an improvement of min_delta") {
    TrainingProgress progress;
    const Monitor monitor = monitor_of({"train.early_stopping={patience: 2, min_delta: 0.05}"});
    CHECK(judge(monitor, progress, {0.5, 0.54}) == std::vector<bool>{true, false});
    CHECK_FALSE(monitor.exhausted(progress));
    CHECK(judge(monitor, progress, {0.6}) == std::vector<bool>{true});
    judge(monitor, progress, {0.6, 0.61});
    CHECK(monitor.exhausted(progress));
  }

  TEST_CASE("a loss is better when smaller, and NaN never is") {
    TrainingProgress progress;
    const Monitor monitor = monitor_of({"train.monitor=val_loss"});
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(judge(monitor, progress, {nan, 0.5, nan, 0.4, 0.6}) == std::vector<bool>{false, true, false, false, true});
    CHECK(progress.best_value == doctest::Approx(0.4));
  }

  TEST_CASE("any number may be monitored, each in its own direction") {
    TrainingProgress progress;
    const Monitor training = monitor_of({"train.monitor=train_loss"});
    const auto training_judges = [&](double loss) {
      ++progress.epoch;
      return training.judge(results(loss, 0), results(9 - loss, 0), progress);
    };
    CHECK(training_judges(1));
    CHECK(training_judges(0.5));
    CHECK_FALSE(training_judges(0.7));

    TrainingProgress other;
    const Monitor metric = monitor_of({"train.monitor=val_f1", "metrics=[top1, f1]"});
    const auto metric_judges = [&](double f1) {
      Results validation = results(1, 0);
      validation.numbers.push_back({"f1", "f1", f1, true, true});
      ++other.epoch;
      return metric.judge(results(1, 0), validation, other);
    };
    CHECK(metric_judges(0.3));
    CHECK_FALSE(metric_judges(0.2));
    CHECK(metric_judges(0.4));
  }
}
