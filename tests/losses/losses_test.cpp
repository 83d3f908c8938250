#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "base/message.hpp"
#include "base/rng.hpp"
#include "configure.hpp"
#include "losses/loss.hpp"

using cnnctl::testing::configure;
using cnnctl::testing::message_of;

namespace cnnctl {
namespace {

/// A batch with everything that a loss reads and writes.
struct Batch {
  std::int64_t n, width;
  Tensor output{n, Shape{width}};
  std::vector<std::int32_t> labels;
  std::vector<real> soft;
  std::vector<double> per_sample = std::vector<double>(static_cast<std::size_t>(n));
  std::vector<real> gradient = std::vector<real>(static_cast<std::size_t>(n * width));

  Batch(std::int64_t rows, std::vector<real> values) : n(rows), width(static_cast<std::int64_t>(values.size()) / rows) {
    std::copy(values.begin(), values.end(), output.data());
  }

  Targets targets() const { return soft.empty() ? Targets{labels, nullptr} : Targets{{}, soft.data()}; }
  double evaluate(const Choice<Loss>& loss, const Workers& workers, bool with_gradient = true) {
    return loss->evaluate(workers, output.view(), targets(), per_sample, with_gradient ? gradient.data() : nullptr);
  }
};

/// Random outputs and targets; `probabilities` makes rows that are positive and sum to 1.
Batch random_batch(std::int64_t n, std::int64_t width, bool soft_targets, bool probabilities = false) {
  Rng rng(7, Purpose::synthetic);
  const auto row_of = [&](bool normalised) {
    std::vector<double> row(static_cast<std::size_t>(width));
    double sum = 0;
    for (double& value : row) sum += value = normalised ? 0.2 + static_cast<double>(rng.uniform()) : rng.normal();
    for (double& value : row) value /= normalised ? sum : 1;
    return row;
  };
  std::vector<real> values, soft;
  for (std::int64_t i = 0; i < n; ++i) {
    for (const double value : row_of(probabilities)) values.push_back(static_cast<real>(value));
    for (const double value : row_of(true)) soft.push_back(static_cast<real>(value));
  }
  Batch batch(n, values);
  for (std::int64_t i = 0; i < n; ++i)
    batch.labels.push_back(static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(width))));
  if (soft_targets) batch.soft = soft;
  return batch;
}

void check_gradient(const Choice<Loss>& loss, Batch batch) {
  const Workers workers(1);
  batch.evaluate(loss, workers);
  constexpr bool kExact = sizeof(real) == 8;
  const real h = kExact ? real(1e-5) : real(1e-2);
  for (std::int64_t i = 0; i < batch.n * batch.width; ++i) {
    real& value = batch.output.data()[i];
    const real old = value;
    value = old + h;
    const double above = batch.evaluate(loss, workers, false), x1 = static_cast<double>(value);
    value = old - h;
    const double below = batch.evaluate(loss, workers, false), x0 = static_cast<double>(value);
    value = old;
    const double numeric = (above - below) / (x1 - x0);
    CHECK(static_cast<double>(batch.gradient[static_cast<std::size_t>(i)]) ==
          doctest::Approx(numeric).epsilon(kExact ? 1e-7 : 2e-3).scale(0.1));
  }
}

constexpr double kLogSum = 3.4076059644443806;  // log(e + e^2 + e^3)
constexpr double kNear = sizeof(real) == 8 ? 1e-12 : 1e-6;

}  // namespace

TEST_SUITE("losses") {
  TEST_CASE("cross_entropy: values computed by hand") {
    const Workers workers(1);
    Batch batch(1, {1, 2, 3});
    batch.labels = {0};
    CHECK(batch.evaluate(configure(losses(), "cross_entropy"), workers) == doctest::Approx(kLogSum - 1).epsilon(kNear));
    const double softmax[] = {std::exp(1 - kLogSum), std::exp(2 - kLogSum), std::exp(3 - kLogSum)};
    for (std::size_t c = 0; c < 3; ++c)
      CHECK(static_cast<double>(batch.gradient[c]) == doctest::Approx(softmax[c] - (c == 0 ? 1 : 0)).epsilon(kNear));

    CHECK(batch.evaluate(configure(losses(), "cross_entropy", "{label_smoothing: 0.1}"), workers) ==
          doctest::Approx(kLogSum - 1.1).epsilon(kNear));
    batch.soft = {real(0.2), real(0.3), real(0.5)};
    CHECK(batch.evaluate(configure(losses(), "cross_entropy"), workers) ==
          doctest::Approx(kLogSum - 2.3).epsilon(kNear));
  }

  TEST_CASE("cross_entropy: class weights divide by the weights of the labels, as PyTorch does") {
    const Workers workers(1);
    const Choice<Loss> weighted = configure(losses(), "cross_entropy", "{class_weights: [1, 2, 3]}");
    Batch batch(2, {1, 2, 3, 1, 2, 3});
    batch.labels = {0, 2};
    const double first = kLogSum - 1, last = 3 * (kLogSum - 3);
    CHECK(batch.evaluate(weighted, workers) == doctest::Approx((first + last) / 4).epsilon(kNear));
    CHECK(batch.per_sample[0] == doctest::Approx(first).epsilon(kNear));
    CHECK(batch.per_sample[1] == doctest::Approx(last).epsilon(kNear));

    Batch one(1, {1, 2, 3});
    one.labels = {0};
    const double spread = (kLogSum - 1) + 2 * (kLogSum - 2) + 3 * (kLogSum - 3);
    const Choice<Loss> both = configure(losses(), "cross_entropy", "{class_weights: [1, 2, 3], label_smoothing: 0.1}");
    CHECK(one.evaluate(both, workers) == doctest::Approx(0.9 * (kLogSum - 1) + 0.1 / 3 * spread).epsilon(kNear));

    const Choice<Loss> ignoring = configure(losses(), "cross_entropy", "{class_weights: [0, 2, 3]}");
    CHECK(one.evaluate(ignoring, workers) == 0);
    CHECK(one.gradient == std::vector<real>{0, 0, 0});
  }

  TEST_CASE("cross_entropy: large outputs do not overflow, NaN and infinity come through") {
    const Workers workers(1);
    const Choice<Loss> loss = configure(losses(), "cross_entropy");
    Batch batch(1, {10000, 0, -10000});
    batch.labels = {0};
    CHECK(batch.evaluate(loss, workers) == 0);
    batch.labels = {2};
    CHECK(batch.evaluate(loss, workers) == 20000);
    for (const real odd : {std::numeric_limits<real>::quiet_NaN(), std::numeric_limits<real>::infinity()}) {
      for (const std::int64_t at : {0, 1, 2}) {
        Batch bad(1, {1, 2, 3});
        bad.labels = {1};
        bad.output.data()[at] = odd;
        CHECK(!std::isfinite(bad.evaluate(loss, workers)));
      }
    }
    batch.output.data()[1] = -std::numeric_limits<real>::infinity();
    batch.labels = {0};
    CHECK(batch.evaluate(loss, workers) == 0);
  }

  TEST_CASE("mse: mean over all elements; class numbers are one-hot rows") {
    const Workers workers(1);
    const Choice<Loss> loss = configure(losses(), "mse");
    Batch batch(2, {1, 2, 3, 4});
    batch.soft = {0, 2, 1, 1};
    CHECK(batch.evaluate(loss, workers) == doctest::Approx((1 + 0 + 4 + 9) / 4.0));
    CHECK(batch.per_sample == std::vector<double>{0.5, 6.5});
    CHECK(batch.gradient == std::vector<real>{real(0.5), 0, 1, real(1.5)});
    batch.soft.clear();
    batch.labels = {1, 0};
    CHECK(batch.evaluate(loss, workers) == doctest::Approx((1 + 1 + 4 + 16) / 4.0));
  }

  TEST_CASE("kl_div: the same divergence from logits, log-probabilities and probabilities") {
    const Workers workers(1);
    const double expected = 0.2 * std::log(0.2) + 0.3 * std::log(0.3) + 0.5 * std::log(0.5) + kLogSum - 2.3;
    Batch batch(1, {1, 2, 3});
    batch.soft = {real(0.2), real(0.3), real(0.5)};
    const auto same = doctest::Approx(expected).epsilon(kNear * 50);
    CHECK(batch.evaluate(configure(losses(), "kl_div"), workers) == same);
    for (std::int64_t i = 0; i < 3; ++i) batch.output.data()[i] -= static_cast<real>(kLogSum);
    CHECK(batch.evaluate(configure(losses(), "kl_div", "{input: log_probabilities}"), workers) == same);
    for (std::int64_t i = 0; i < 3; ++i) batch.output.data()[i] = std::exp(batch.output.data()[i]);
    CHECK(batch.evaluate(configure(losses(), "kl_div", "{input: probabilities}"), workers) == same);
    batch.soft.clear();
    batch.labels = {2};
    CHECK(batch.evaluate(configure(losses(), "kl_div", "{input: probabilities}"), workers) ==
          doctest::Approx(kLogSum - 3).epsilon(kNear * 10));
  }

  TEST_CASE("every loss: the gradient is the slope") {
    for (const bool soft : {false, true}) {
      CAPTURE(soft);
      check_gradient(configure(losses(), "cross_entropy"), random_batch(3, 5, soft));
      check_gradient(configure(losses(), "cross_entropy", "{label_smoothing: 0.2, class_weights: [1, 2, 0.5, 3, 1]}"),
                     random_batch(3, 5, soft));
      check_gradient(configure(losses(), "mse"), random_batch(3, 5, soft));
      check_gradient(configure(losses(), "kl_div", "{label_smoothing: 0.2}"), random_batch(3, 5, soft));
      check_gradient(configure(losses(), "kl_div", "{input: log_probabilities}"), random_batch(3, 5, soft));
    }
    if (sizeof(real) == 8)
      check_gradient(configure(losses(), "kl_div", "{input: probabilities}"), random_batch(3, 5, true, true));
  }

  TEST_CASE("every loss: the same bits for any number of workers, with a gradient or without") {
    for (const Kind<Loss>* kind : losses().kinds()) {
      CAPTURE(kind->name);
      const Choice<Loss> loss = configure(losses(), kind->name, std::string(kind->example));
      Batch alone = random_batch(67, 1003, false);
      const Workers one(1);
      const double expected = alone.evaluate(loss, one);
      CHECK(random_batch(67, 1003, false).evaluate(loss, one, false) == expected);
      for (const int count : {2, 3, 8}) {
        const Workers workers(count);
        Batch again = random_batch(67, 1003, false);
        CHECK(again.evaluate(loss, workers) == expected);
        CHECK(again.gradient == alone.gradient);
        CHECK(again.per_sample == alone.per_sample);
      }
    }
  }

  TEST_CASE("losses refuse outputs that are not one for each class") {
    const auto message = [](std::string_view name, const std::string& yaml, const Shape& shape) {
      return message_of<ShapeError>([&] { configure(losses(), name, yaml)->check(shape, 10); });
    };
    CHECK(message("cross_entropy", "", Shape{84}) ==
          "cross_entropy needs one output for each of the 10 classes, got 84");
    CHECK(message("mse", "", Shape{10, 2, 2}) == "mse needs one output for each of the 10 classes, got 10x2x2");
    CHECK(message("cross_entropy", "{class_weights: [1, 2]}", Shape{10}) ==
          "cross_entropy has 2 class_weights for 10 classes");
    CHECK(message("kl_div", "", Shape{10, 1, 1}) == "nothing was thrown");
    CHECK_NOTHROW(configure(losses(), "mse")->check(Shape{3}, 0));
  }
}
}  // namespace cnnctl
