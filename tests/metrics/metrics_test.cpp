// Each metric against numbers made by hand; what all of them have in common.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "base/message.hpp"
#include "losses/batch.hpp"
#include "metrics/class_metric.hpp"
#include "metrics/metric.hpp"

namespace cnnctl::testing {
namespace {

constexpr double kNear = sizeof(real) == 8 ? 1e-12 : 1e-6;

double measure(const Choice<Metric>& metric, const Batch& batch) {
  std::vector<double> sums(static_cast<std::size_t>(metric->sums(batch.shape)));
  metric->add(batch.output.view(), batch.target(), sums);
  return metric->value(sums);
}
double measure(std::string_view name, const Batch& batch, const std::string& yaml = "") {
  return measure(configure(metrics(), name, yaml), batch);
}

/// A batch of four classes whose largest outputs are the guesses.
Batch guesses(const std::vector<int>& guessed, const std::vector<std::int32_t>& labels) {
  Batch batch(Shape{4}, static_cast<std::int64_t>(guessed.size()));
  for (std::size_t i = 0; i < guessed.size(); ++i) batch.output.data()[4 * static_cast<int>(i) + guessed[i]] = 1;
  batch.labels = labels;
  return batch;
}

}  // namespace

TEST_SUITE("metrics") {
  TEST_CASE("top_k counts the first of equal outputs, and never one that is not a number") {
    Batch batch(3, {1, 3, 3, 0, 0, 0, 0,  // labels 1 and 2 are level: 1 stands first
                    1, 3, 3, 0, 0, 0, 0, 7, 6, 5, 4, 3, 2, 1});
    batch.labels = {1, 2, 5};
    CHECK(measure("top1", batch) == doctest::Approx(1.0 / 3));
    CHECK(measure("top5", batch) == doctest::Approx(2.0 / 3));
    CHECK(measure("top_k", batch, "2") == doctest::Approx(2.0 / 3));
    CHECK(measure("top_k", batch, "{k: 6}") == 1);
    CHECK(configure(metrics(), "top_k", "3")->name() == "top3");
    CHECK(configure(metrics(), "top_k", "3")->label() == "top-3");
    CHECK_FALSE(in_top(std::vector<real>{std::numeric_limits<real>::quiet_NaN(), 0}, 0, 1));
  }

  // As sklearn.metrics gives them with average="macro".
  TEST_CASE("precision, recall, f1 and mean_iou are means over the classes that occur") {
    const Batch batch = guesses({0, 0, 1, 1, 1, 2}, {0, 1, 1, 1, 0, 1});  // class 2 is guessed once, 3 never
    CHECK(measure("precision", batch) == doctest::Approx((1.0 / 2 + 2.0 / 3 + 0) / 3));
    CHECK(measure("recall", batch) == doctest::Approx((1.0 / 2 + 2.0 / 4 + 0) / 3));
    CHECK(measure("f1", batch) == doctest::Approx((2.0 / 4 + 4.0 / 7 + 0) / 3));
    CHECK(measure("mean_iou", batch) == doctest::Approx((1.0 / 3 + 2.0 / 5 + 0) / 3));
    const Batch perfect = guesses({3, 1}, {3, 1});
    for (const char* const name : {"precision", "recall", "f1", "mean_iou"}) CHECK(measure(name, perfect) == 1);
    Batch nothing(1, {std::numeric_limits<real>::quiet_NaN(), std::numeric_limits<real>::quiet_NaN()});
    nothing.labels = {0};
    CHECK(measure("recall", nothing) == 0);
  }

  TEST_CASE("mse, mae and psnr are of all values together, by weight") {
    Batch batch(2, {1, 2, 3, 4});
    batch.soft = {0, 2, 1, 1};
    CHECK(measure("mse", batch) == doctest::Approx((1 + 0 + 4 + 9) / 4.0));
    CHECK(measure("mae", batch) == doctest::Approx((1 + 0 + 2 + 3) / 4.0));
    CHECK(measure("psnr", batch, "{peak: 7}") == doctest::Approx(10 * std::log10(49 / 3.5)));
    batch.weight = {1, 0};
    CHECK(measure("mse", batch) == doctest::Approx(0.5));
    batch.soft = {1, 2, 3, 4};
    CHECK(measure("psnr", batch) == std::numeric_limits<double>::infinity());
    batch.soft[0] = std::numeric_limits<real>::quiet_NaN();
    for (const char* const name : {"mse", "mae", "psnr"}) CHECK(std::isnan(measure(name, batch)));
  }

  TEST_CASE("every metric: batches may be cut anywhere, weights count, positions are samples") {
    for (const Kind<Metric>* kind : metrics().kinds()) {
      CAPTURE(kind->name);
      const Choice<Metric> metric = configure(metrics(), kind->name, std::string(kind->example));
      bool of_classes = true;
      try {
        metric->check(Shape{5, 2, 2}, {5, Shape{2, 2}});
      } catch (const ShapeError&) {
        of_classes = false;
        metric->check(Shape{5, 2, 2}, {0, Shape{5, 2, 2}});
      }
      for (const std::int64_t weights : {0, 1, 4}) {
        Batch whole = random_batch(7, Shape{5, 2, 2}, !of_classes);
        if (weights > 0) whole = weighted(std::move(whole), weights);
        std::vector<double> sums(static_cast<std::size_t>(metric->sums(whole.shape)));
        for (const auto& [begin, end] : {std::pair(0, 1), std::pair(1, 5), std::pair(5, 7)}) {
          const Batch part = whole.part(begin, end);
          metric->add(part.output.view(), part.target(), sums);
        }
        CHECK(metric->value(sums) == doctest::Approx(measure(metric, whole)).epsilon(1e-12));
        CHECK(metric->value(sums) != 0);
        if (metric->is_share()) CHECK(metric->value(sums) <= 1);

        Batch rows(Shape{5}, 7 * 4);
        std::copy_n(whole.output.data(), whole.output.count(), rows.output.data());
        rows.labels = whole.labels, rows.soft = whole.soft;
        if (weights == 4) rows.weight = whole.weight;
        if (weights != 1) CHECK(measure(metric, rows) == doctest::Approx(measure(metric, whole)).epsilon(kNear));
      }
      const std::vector<double> none(static_cast<std::size_t>(metric->sums(Shape{5})));
      CHECK(metric->value(none) == 0);
    }
  }

  TEST_CASE("metrics refuse targets of the other kind and outputs that do not fit") {
    const auto message = [](std::string_view name, const Shape& output, const TargetSpec& target) {
      return message_of<ShapeError>([&] { configure(metrics(), name)->check(output, target); });
    };
    CHECK(message("top1", Shape{3}, {0, Shape{3}}) == "top1 needs a target of classes, not of values");
    CHECK(message("psnr", Shape{3}, {3, {}}) == "psnr needs a target of values, not of classes");
    CHECK(message("f1", Shape{3}, {4, {}}) == "f1 needs one output for each of the 4 classes, got 3");
    CHECK(message("mae", Shape{3}, {0, Shape{4}}) == "mae needs an output of its target's shape, 4, got 3");
    CHECK(message("mean_iou", Shape{3, 4, 4}, {3, Shape{4, 4}}) == "nothing was thrown");
  }
}
}  // namespace cnnctl::testing
