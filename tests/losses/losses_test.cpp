#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "base/message.hpp"
#include "losses/batch.hpp"

namespace cnnctl::testing {
namespace {

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

  TEST_CASE("ignored classes: neither loss, gradient nor the mean knows them, wherever the class lies") {
    const Workers workers(1);
    for (const std::string kind : {"cross_entropy", "nll", "focal", "hinge"})
      for (const std::int32_t ignored : {1, 3, 255, -100}) {
        CAPTURE(kind);
        CAPTURE(ignored);
        const std::string number = std::to_string(ignored);
        const Choice<Loss> with = configure(losses(), kind, "{label_smoothing: 0.1, ignore_index: " + number + "}");
        Batch batch = random_batch(4, Shape{3, 2}, false, kind == "nll"), rest = batch.part(0, 2);
        for (std::size_t row = 0; row < 8; ++row) batch.labels[row] = row < 4 ? (row % 2 == 0 ? 0 : 2) : ignored;
        rest.labels = {0, 2, 0, 2};
        const double mean = rest.evaluate(configure(losses(), kind, "{label_smoothing: 0.1}"), workers);
        CHECK(batch.evaluate(with, workers) == doctest::Approx(mean).epsilon(1e-12));
        CHECK(with->batch_weight(batch.output.view(), batch.target()) == 4);
        CHECK(std::vector<real>(batch.gradient.begin(), batch.gradient.begin() + 12) == rest.gradient);
        for (std::size_t i = 12; i < 24; ++i) CHECK(batch.gradient[i] == 0);
        batch.labels.assign(8, ignored);
        CHECK(batch.evaluate(with, workers) == 0);
      }
  }

  TEST_CASE("ignored classes: what is mixed with one is ignored as well, whichever of the two it is") {
    const Workers workers(1);
    const Choice<Loss> with = configure(losses(), "cross_entropy", "{ignore_index: 3}"),
                       without = configure(losses(), "cross_entropy");
    Batch batch = random_batch(3, 3, false), first = batch.part(0, 1);
    const std::vector<std::int32_t> labels{0, 1, 3}, others{2, 3, 0};  // three channels: class 3 has none
    const auto evaluate = [&](Batch& b, const Choice<Loss>& loss) {
      const auto n = static_cast<std::size_t>(b.n);
      Target target;
      target.classes = std::span(labels).first(n), target.others = std::span(others).first(n), target.share = 0.75;
      return loss->evaluate(workers, b.output.view(), target, b.per_sample, {b.gradient.data(), 1});
    };
    CHECK(evaluate(batch, with) == doctest::Approx(evaluate(first, without)).epsilon(1e-12));
    for (std::size_t i = 0; i < 9; ++i) CHECK(batch.gradient[i] == (i < 3 ? first.gradient[i] : real{0}));
  }

  TEST_CASE("ignored classes: a last one without a channel is no mistake; others are") {
    const auto check = [](std::int64_t ignored, std::int64_t channels, std::int64_t classes) {
      configure(losses(), "cross_entropy", "{ignore_index: " + std::to_string(ignored) + "}")
          ->check(Shape{channels, 2}, {classes, Shape{2}});
    };
    check(255, 21, 256);
    check(3, 5, 5);
    CHECK_THROWS_AS(check(20, 21, 256), ShapeError);
    CHECK_THROWS_AS(check(255, 21, 255), ShapeError);
    const Choice<Loss> loss = configure(losses(), "nll", "{ignore_index: 2}");
    CHECK_THROWS_AS(loss->check(Shape{3}, {0, Shape{3}}), ShapeError);
    Batch batch = random_batch(2, 3, false);
    batch.labels = {2, 7};
    const Workers workers(1);
    CHECK(message_of<DataError>([&] { batch.evaluate(loss, workers); }).find("hold class 7") != std::string::npos);
  }

  TEST_CASE("kl_div: both directions, computed by hand") {
    const Workers workers(1);
    Batch batch(1, {real(std::log(0.5)), real(std::log(0.25)), real(std::log(0.25))});
    batch.soft = {real(0.25), real(0.25), real(0.5)};
    CHECK(batch.evaluate(configure(losses(), "kl_div"), workers) ==
          doctest::Approx(0.25 * std::log(0.5) + 0.5 * std::log(2.0)).epsilon(kNear));
    CHECK(batch.evaluate(configure(losses(), "kl_div", "{direction: output_from_target}"), workers) ==
          doctest::Approx(0.5 * std::log(2.0) + 0.25 * std::log(0.5)).epsilon(kNear));
    batch.soft = {real(0.5), 0, real(0.5)};
    CHECK(std::isinf(batch.evaluate(configure(losses(), "kl_div", "{direction: output_from_target}"), workers)));
    const Choice<Loss> loss = configure(losses(), "kl_div", "{direction: output_from_target}");
    CHECK_THROWS_AS(loss->check(Shape{3}, {3, {}}), ShapeError);
    for (const std::string input : {"logits", "log_probabilities"})
      check_gradient(configure(losses(), "kl_div", "{direction: output_from_target, input: " + input + "}"),
                     random_batch(3, 4, true));
    Batch given(1, {real(0.5), real(0.25), real(0.25)});
    given.soft = {real(0.25), real(0.25), real(0.5)};
    given.evaluate(configure(losses(), "kl_div", "{direction: output_from_target, input: probabilities}"), workers);
    CHECK(static_cast<double>(given.gradient[0]) == doctest::Approx(std::log(2.0) + 1).epsilon(kNear));
    CHECK(static_cast<double>(given.gradient[2]) == doctest::Approx(std::log(0.5) + 1).epsilon(kNear));
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

  TEST_CASE("kl_div: a probability of 0 is good where nothing is expected; an infinite one is noticed everywhere") {
    const Workers workers(1);
    constexpr real kInfinity = std::numeric_limits<real>::infinity();
    for (const char* const input : {"logits", "log_probabilities", "probabilities"}) {
      CAPTURE(input);
      const Choice<Loss> loss = configure(losses(), "kl_div", std::string("{input: ") + input + "}");
      for (const std::int64_t at : {0, 1, 2}) {
        CAPTURE(at);
        Batch batch(1, {real(0.5), real(0.5), real(0.5)});
        batch.soft = {1, 0, 0};
        batch.output.data()[at] = kInfinity;
        CHECK(!std::isfinite(batch.evaluate(loss, workers)));
        batch.weight = {0};
        CHECK(!std::isfinite(batch.evaluate(loss, workers)));
      }
      Batch batch(1, {real(0.5), real(0.5), real(0.5)});
      batch.soft = {1, 0, 0};
      batch.output.data()[2] = input == std::string("probabilities") ? 0 : -kInfinity;
      CHECK(std::isfinite(batch.evaluate(loss, workers)));
      batch.soft = {0, 0, 1};
      CHECK(batch.evaluate(loss, workers) == std::numeric_limits<double>::infinity());
      batch.weight = {0};  // what is impossible matters as little as all else there
      CHECK(batch.evaluate(loss, workers) == 0);
      CHECK(batch.gradient == std::vector<real>{0, 0, 0});
    }
  }

  TEST_CASE("cross_entropy: outputs that are not finite are noticed where the class counts nothing") {
    const Workers workers(1);
    const Choice<Loss> ignoring = configure(losses(), "cross_entropy", "{class_weights: [0, 2, 3]}");
    for (const real odd : {std::numeric_limits<real>::quiet_NaN(), std::numeric_limits<real>::infinity()}) {
      Batch bad(1, {1, 2, 3});
      bad.labels = {0};
      bad.output.data()[1] = odd;
      CHECK(std::isnan(bad.evaluate(ignoring, workers)));
    }
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
      for (const char* const name : {"cross_entropy", "mse", "kl_div"}) {
        CAPTURE(name);
        check_gradient(configure(losses(), name), random_batch(2, Shape{3, 2, 2}, soft));
        check_gradient(configure(losses(), name), weighted(random_batch(3, Shape{3, 2}, soft), 1));
        check_gradient(configure(losses(), name), weighted(random_batch(2, Shape{2, 1, 2, 2}, soft), 4));
      }
      check_gradient(configure(losses(), "cross_entropy", "{class_weights: [1, 0, 3]}"),
                     weighted(random_batch(2, Shape{3, 3}, soft), 3));
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

  TEST_CASE("losses refuse outputs that do not fit their targets") {
    const auto message = [](std::string_view name, const std::string& yaml, const Shape& shape,
                            const TargetSpec& target) {
      return message_of<ShapeError>([&] { configure(losses(), name, yaml)->check(shape, target); });
    };
    const TargetSpec ten{10, {}}, mask{10, Shape{2, 3}}, picture{0, Shape{3, 8, 8}};
    CHECK(message("cross_entropy", "", Shape{84}, ten) ==
          "cross_entropy needs one output for each of the 10 classes, got 84");
    CHECK(message("mse", "", Shape{10, 2, 2}, ten) == "mse needs one output for each of the 10 classes, got 10x2x2");
    CHECK(message("cross_entropy", "{class_weights: [1, 2]}", Shape{10}, ten) ==
          "cross_entropy has 2 class_weights for 10 classes");
    CHECK(message("kl_div", "", Shape{10, 1, 1}, ten) == "nothing was thrown");
    CHECK(message("cross_entropy", "", Shape{10, 3, 2}, mask) ==
          "cross_entropy needs 10x2x3, a channel for each class at each position of its target, got 10x3x2");
    CHECK(message("cross_entropy", "", Shape{10, 2, 3}, mask) == "nothing was thrown");
    CHECK(message("mse", "", Shape{3, 4, 16}, picture) ==
          "mse needs an output of its target's shape, 3x8x8, got 3x4x16");
    CHECK(message("mse", "", Shape{3, 8, 8}, picture) == "nothing was thrown");
    CHECK(message("mse", "", Shape{3, 1, 1}, {0, Shape{3}}) == "nothing was thrown");
  }
}
}  // namespace cnnctl::testing
