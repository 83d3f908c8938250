// The law of losses: what losses/loss.hpp demands of every entry of the catalogue.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "base/message.hpp"
#include "contract/crews.hpp"
#include "contract/examples.hpp"
#include "contract/loss_cases.hpp"
#include "experiment/goal.hpp"
#include "guarded.hpp"
#include "train/tiny.hpp"

namespace cnnctl::testing {
namespace {

constexpr bool kExact = sizeof(real) == 8;
constexpr real kInfinity = std::numeric_limits<real>::infinity(), kNan = std::numeric_limits<real>::quiet_NaN();

Choice<Loss> loss_of(const LossCase& c) { return configure(losses(), c.kind, c.yaml); }

/// Each case with each kind of batch.
void each_case(const std::function<void(const LossCase&, const BatchKind&)>& use) {
  for (const LossCase& c : loss_cases())
    for (const BatchKind& kind : batch_kinds()) {
      INFO(c.text() << " on " << kind.text());
      use(c, kind);
    }
}

double largest_of(const Numbers& values) {
  double largest = 0;
  for (const real value : values) largest = std::max(largest, std::abs(static_cast<double>(value)));
  return largest;
}

Numbers numbers_of(const Tensor& tensor) { return {tensor.span().begin(), tensor.span().end()}; }

/// Targets that are one class, none of them, or one class and zeros: all that is legal and sharp.
void sharpen(Batch& batch) {
  const std::size_t width = static_cast<std::size_t>(batch.shape.channels());
  for (std::size_t i = 0; i < batch.soft.size(); ++i) batch.soft[i] = i % width == i / width % (width + 1) ? 1 : 0;
}

/// Whether a probability of 0 at this value would be an infinite loss: its target is above 0, and it counts.
bool expects(const LossCase& c, const Batch& batch, std::size_t at) {
  const std::size_t width = static_cast<std::size_t>(batch.shape.channels()), channel = at % width;
  const bool wanted =
      batch.soft.empty() ? batch.labels[at / width] == static_cast<std::int32_t>(channel) : batch.soft[at] > 0;
  const std::size_t weight = at * batch.weight.size() / batch.output.span().size();
  if (!batch.weight.empty() && batch.weight[weight] == 0) return false;
  return !c.backwards && (wanted || c.smoothing > 0) && (c.class_weights.empty() || c.class_weights[channel] > 0);
}

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("losses: every kind has examples, whose fields come back from YAML") {
    check_examples(losses(), loss_cases(), 2);
  }

  TEST_CASE("losses: the mean is that of the formula in double") {
    const Workers one(1);
    each_case([&](const LossCase& c, const BatchKind& kind) {
      Batch batch = batch_of(c, kind, 7);
      CHECK(batch.evaluate(loss_of(c), one) == doctest::Approx(formula_of(c, batch)).epsilon(kExact ? 1e-12 : 1e-6));
    });
  }

  TEST_CASE("losses: the gradient is the numeric one, times the scale") {
    const Workers one(1);
    each_case([&](const LossCase& c, const BatchKind& kind) {
      const Choice<Loss> loss = loss_of(c);
      Batch batch = batch_of(c, kind, 3);
      constexpr double kScale = 0.5;
      batch.evaluate(loss, one, true, kScale);
      const real h = kExact ? real(1e-5) : real(2e-3);
      Numbers numeric;
      for (real& value : batch.output.span()) {
        const real old = value;
        value = old + h;
        const double above = batch.evaluate(loss, one, false), x1 = static_cast<double>(value);
        value = old - h;
        const double below = batch.evaluate(loss, one, false), x0 = static_cast<double>(value);
        value = old;
        numeric.push_back(static_cast<real>(kScale * (above - below) / (x1 - x0)));
      }
      const double near = (kExact ? 1e-7 : 1e-3) * largest_of(numeric);
      CHECK(largest_of(numeric) > 1e-3);
      CHECK(agreement(batch.gradient, numeric, [&](real a, real b) {
        return std::abs(static_cast<double>(a) - static_cast<double>(b)) <= near;
      }));
    });
  }

  TEST_CASE("losses: a set may be cut into batches anywhere; what a sample adds is its own") {
    const Workers one(1);
    each_case([&](const LossCase& c, const BatchKind& kind) {
      const Choice<Loss> loss = loss_of(c);
      Batch whole = batch_of(c, kind, 9);
      const double mean = whole.evaluate(loss, one);
      const double all = loss->batch_weight(whole.output.view(), whole.target());
      double added = 0;
      for (const double own : whole.per_sample) added += own;
      CHECK(mean == doctest::Approx(added / all).epsilon(1e-14));
      for (const std::vector<std::int64_t>& ends :
           {std::vector<std::int64_t>{9}, {1, 9}, {4, 5, 9}, {1, 2, 3, 4, 5, 6, 7, 8, 9}}) {
        CAPTURE(ends.size());
        double sum = 0, weight = 0;
        std::int64_t begin = 0;
        for (const std::int64_t end : ends) {
          Batch part = whole.part(begin, end);
          const double own = loss->batch_weight(part.output.view(), part.target());
          sum += own * part.evaluate(loss, one);
          weight += own;
          CHECK(std::equal(part.per_sample.begin(), part.per_sample.end(), whole.per_sample.begin() + begin));
          for (real& value : part.gradient) value *= static_cast<real>(own / all);
          const auto from = whole.gradient.begin() + begin * whole.shape.count();
          CHECK(close(part.gradient, Numbers(from, from + std::ssize(part.gradient)), kExact ? 1e-14 : 1e-6));
          begin = end;
        }
        CHECK(weight == doctest::Approx(all).epsilon(1e-14));
        CHECK(sum / weight == doctest::Approx(mean).epsilon(1e-12));
      }
    });
  }

  TEST_CASE("losses: a weight of 0 takes a sample or a position out, whatever finite outputs it has") {
    const Workers one(1);
    each_case([&](const LossCase& c, const BatchKind& kind) {
      if (kind.weights == 0) return;
      const Choice<Loss> loss = loss_of(c);
      Batch batch = batch_of(c, kind);
      const std::int64_t out = kind.shape.count() / kind.weights;  // values [out, 2 * out) weigh nothing
      const double mean = batch.evaluate(loss, one);
      CHECK(batch.per_sample[kind.weights == 1 ? 1 : 0] != (kind.weights == 1 ? 1 : 0));
      for (std::int64_t i = out; i < 2 * out; ++i) CHECK(batch.gradient[static_cast<std::size_t>(i)] == 0);
      for (const real value : {real(0), real(0.9), c.takes == LossCase::Takes::numbers ? real(-1e4) : real(1e-20)}) {
        CAPTURE(value);
        std::fill(batch.output.data() + out, batch.output.data() + 2 * out, value);
        CHECK(batch.evaluate(loss, one) == mean);
        for (std::int64_t i = out; i < 2 * out; ++i) CHECK(batch.gradient[static_cast<std::size_t>(i)] == 0);
      }
      if (kind.weights == 1) {  // as if it was not there
        Batch first = batch.part(0, 1), rest = batch.part(2, 5);
        const double a = loss->batch_weight(first.output.view(), first.target());
        const double b = loss->batch_weight(rest.output.view(), rest.target());
        const double others = (a > 0 ? a * first.evaluate(loss, one) : 0) + b * rest.evaluate(loss, one);
        CHECK(mean == doctest::Approx(others / (a + b)).epsilon(1e-12));
      }
      std::fill(batch.weight.begin(), batch.weight.end(), real{0});
      CHECK(batch.evaluate(loss, one) == 0);
      CHECK(largest_of(batch.gradient) == 0);
    });
  }

  TEST_CASE("losses: the same bits for any workers, with a gradient or without, and what is given stays as it is") {
    const Crews crews;
    for (const LossCase& c : loss_cases()) {
      for (const BatchKind& kind : {BatchKind{Shape{3}, false, 1}, BatchKind{Shape{3, 50, 70}, true, 3500}}) {
        const Choice<Loss> loss = loss_of(c);
        const std::int64_t n = kind.shape.positions() == 1 ? 5003 : 3;
        Batch want = batch_of(c, kind, n);
        const Batch given = want.part(0, n);
        const double mean = want.evaluate(loss, crews.of(1));
        CHECK(std::isfinite(mean));
        for (const Crews::Crew& crew : crews.all()) {
          INFO(c.text() << " on " << kind.text() << ", " << crew.text());
          const Batch batch = given.part(0, n);
          const Guarded output(numbers_of(batch.output), kLarge);
          const Guarded gradient(output.bytes(), kNotANumber);
          Guarded per_sample(want.per_sample.size() * 8, kNotANumber);
          const ConstView outputs{output.values(), n, kind.shape};
          const std::span<double> own(reinterpret_cast<double*>(per_sample.data()), want.per_sample.size());
          CHECK(loss->evaluate(*crew.workers, outputs, batch.target(), own, {gradient.values()}) == mean);
          CHECK(same_bits(gradient.numbers(), want.gradient));
          CHECK(std::equal(own.begin(), own.end(), want.per_sample.begin()));
          per_sample.soil();
          CHECK(loss->evaluate(*crew.workers, outputs, batch.target(), own, {}) == mean);
          CHECK(std::equal(own.begin(), own.end(), want.per_sample.begin()));
          CHECK((output.intact() && gradient.intact() && per_sample.intact()));
          CHECK(same_bits(output.numbers(), numbers_of(given.output)));
          CHECK((batch.labels == given.labels && batch.soft == given.soft && batch.weight == given.weight));
        }
      }
    }
  }

  TEST_CASE("losses: extreme finite outputs and sharp targets give no NaN, and infinity only for the impossible") {
    const Workers one(1);
    using Takes = LossCase::Takes;
    each_case([&](const LossCase& c, const BatchKind& kind) {
      const Choice<Loss> loss = loss_of(c);
      std::vector<std::vector<real>> rows;
      if (c.takes == Takes::numbers)
        rows = {{real(1e30), real(-1e30), 0}, {0, 0, 0}, {real(-0.0), real(1e-30), real(1e4)}, {88, 89, -104}};
      if (c.takes == Takes::log_probabilities)
        rows = {{real(-1e30), real(-0.0), real(-1e30)}, {0, real(-1e4), -104}, {real(-1e-30), -1, -80}};
      if (c.takes == Takes::probabilities) rows = {{1, 0, 0}, {0, 1, 0}, {real(0.5), real(1e-30), real(0.5)}};
      for (const std::vector<real>& row : rows) {
        CAPTURE(row);
        Batch batch = batch_of(c, kind);
        sharpen(batch);
        bool impossible = false;
        for (std::size_t i = 0; i < batch.output.span().size(); ++i) {
          batch.output.span()[i] = row[i % 3];
          impossible |= c.takes == Takes::probabilities && row[i % 3] == 0 && expects(c, batch, i);
        }
        const double value = batch.evaluate(loss, one);
        CHECK(!std::isnan(value));
        CHECK(std::isinf(value) == impossible);
        if (impossible) CHECK(value > 0);
        for (const real slope : batch.gradient) CHECK(!std::isnan(slope));
        if (!impossible) CHECK(std::isfinite(largest_of(batch.gradient)));
      }
    });
  }

  TEST_CASE("losses: no output that is NaN or infinite gives a finite loss, but a good probability of 0") {
    const Workers one(1);
    each_case([&](const LossCase& c, const BatchKind& kind) {
      const Choice<Loss> loss = loss_of(c);
      const std::size_t count = static_cast<std::size_t>(3 * kind.shape.count());
      for (std::size_t at = 0; at < count; ++at)
        for (const real odd : {kNan, kInfinity, -kInfinity}) {
          CAPTURE(at);
          CAPTURE(odd);
          Batch batch = batch_of(c, kind, 3);
          sharpen(batch);
          batch.output.span()[at] = odd;
          const double value = batch.evaluate(loss, one);
          CHECK(std::isfinite(value) == (odd < 0 && c.logarithms && !expects(c, batch, at)));
        }
    });
  }

  TEST_CASE("losses: targets that do not fit are refused with both sizes, and at the place of the output's layer") {
    for (const LossCase& c : loss_cases()) {
      INFO(c.text());
      const Choice<Loss> loss = loss_of(c);
      const auto refusal = [&](const Shape& output, const TargetSpec& target) {
        return message_of<ShapeError>([&] { loss->check(output, target); });
      };
      for (const TargetSpec& good : {TargetSpec{3, Shape{4, 5}}, TargetSpec{0, Shape{3, 4, 5}}}) {
        CAPTURE(good.of_classes());
        CHECK(refusal(Shape{3, 4, 5}, good) == "nothing was thrown");
        for (const Shape& bad : {Shape{4, 4, 5}, Shape{3, 5, 4}, Shape{60}, Shape{3, 20}}) {
          const std::string text = refusal(bad, good);
          CAPTURE(text);
          CHECK(text.starts_with(c.kind + " needs "));
          CHECK(text.ends_with(", got " + bad.str()));
          CHECK(text.find(good.shape.str()) != std::string::npos);
        }
      }
      CHECK(refusal(Shape{4}, {3, {}}) == c.kind + " needs one output for each of the 3 classes, got 4");
      if (!c.class_weights.empty()) CHECK(refusal(Shape{4}, {4, {}}) == c.kind + " has 3 class_weights for 4 classes");

      const std::string yaml = c.yaml.empty() ? c.kind : "{type: " + c.kind + ", " + c.yaml.substr(1);
      const Experiment e = tiny({"loss=" + yaml});
      const Network network(e.model);
      const std::vector<NamedTarget> targets = {{"clean", {0, Shape{3}}}};
      const std::string located = message_of<ConfigError>([&] { plan_goal(e, network, targets); });
      CHECK(located == "tiny.yaml:13:7: error: " + c.kind + " needs an output of its target's shape, 3, got 4\n" +
                           "    - linear: {name: fc, out_features: 4}\n      ^");
    }
  }
}

}  // namespace cnnctl::testing
