// The law of metrics: what metrics/metric.hpp demands of every entry of the catalogue.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

#include "base/message.hpp"
#include "contract/examples.hpp"
#include "contract/loss_cases.hpp"
#include "experiment/goal.hpp"
#include "metrics/metric.hpp"
#include "train/tiny.hpp"

namespace cnnctl::testing {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();
constexpr std::int64_t kClasses = 7;

struct MetricCase {
  std::string kind, yaml;
  bool of_values = false;  // else of classes
  double best = 1;         // of perfect outputs
  double worst = 0;        // of outputs that are infinitely far off, or never right

  std::string text() const { return text_of(kind, yaml); }
};

const std::vector<MetricCase> kCases{{"top1", ""},
                                     {"top5", ""},
                                     {"top_k", "{k: 1}"},
                                     {"top_k", "3"},
                                     {"precision", ""},
                                     {"recall", ""},
                                     {"f1", ""},
                                     {"mean_iou", ""},
                                     {"mse", "", true, 0, kEndless},
                                     {"mae", "", true, 0, kEndless},
                                     {"psnr", "", true, kEndless, -kEndless},
                                     {"psnr", "{peak: 255}", true, kEndless, -kEndless}};

using Sums = std::vector<double>;

Choice<Metric> metric_of(const MetricCase& c) { return configure(metrics(), c.kind, c.yaml); }

/// What a new object makes of a batch that is added to `sums`. Nothing is written beside them or to the batch.
Sums added(const MetricCase& c, const Batch& batch, Sums sums = {}) {
  const Choice<Metric> metric = metric_of(c);
  const auto count = static_cast<std::size_t>(metric->sums(batch.shape));
  constexpr std::size_t kGuard = 8;
  Sums all(count + 2 * kGuard, -7.5);
  sums.resize(count);
  std::copy(sums.begin(), sums.end(), all.begin() + kGuard);
  const Batch given = batch.part(0, batch.n);
  metric->add(batch.output.view(), batch.target(), std::span(all).subspan(kGuard, count));
  for (std::size_t i = 0; i < kGuard; ++i) CHECK((all[i] == -7.5 && all[kGuard + count + i] == -7.5));
  CHECK(std::memcmp(batch.output.data(), given.output.data(), batch.output.span().size_bytes()) == 0);
  CHECK((batch.labels == given.labels && batch.soft == given.soft && batch.weight == given.weight));
  return {all.begin() + kGuard, all.end() - kGuard};
}

double value_of(const MetricCase& c, const Sums& sums) { return metric_of(c)->value(sums); }
double measure(const MetricCase& c, const Batch& batch) { return value_of(c, added(c, batch)); }

/// NaN is worse than all.
bool worse(const MetricCase& c, double a, double b) {
  return std::isnan(a) || (metric_of(c)->larger_is_better() ? a < b : a > b);
}

/// Outputs and values in eighths, weights in quarters: sums of few of them, and of their squares, are exact.
Batch exact_batch(const MetricCase& c, const BatchKind& kind, std::int64_t n) {
  const auto round = [](std::span<real> values, real parts) {
    for (real& value : values) value = std::round(value * parts) / parts;
  };
  Batch batch = random_batch(n, kind.shape, c.of_values);
  if (kind.weights > 0) batch = weighted(std::move(batch), kind.weights);
  round(batch.output.span(), 8), round(batch.soft, 8), round(batch.weight, 4);
  return batch;
}

void each_case(const std::function<void(const MetricCase&, const BatchKind&)>& use) {
  for (const MetricCase& c : kCases)
    for (const Shape& shape : {Shape{kClasses}, Shape{kClasses, 4}, Shape{kClasses, 2, 3}})
      for (const std::int64_t weights : {std::int64_t{0}, std::int64_t{1}, shape.positions()}) {
        const BatchKind kind{shape, c.of_values, weights};
        INFO(c.text() << " on " << kind.text());
        use(c, kind);
      }
}

/// Outputs that are what is wanted, but for the first `wrong` positions, where the class comes last and another first,
/// or the values are off.
Batch guessed(const MetricCase& c, const BatchKind& kind, std::int64_t n, std::int64_t wrong) {
  Batch batch = exact_batch(c, kind, n);
  const std::int64_t rows = n * kind.shape.positions();
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t channel = 0; channel < kClasses; ++channel) {
      const std::int64_t at = row * kClasses + channel;
      const std::int64_t behind = (channel - batch.labels[static_cast<std::size_t>(row)] + kClasses) % kClasses;
      real& output = batch.output.data()[at];
      if (c.of_values)
        output = batch.soft[static_cast<std::size_t>(at)] + (row < wrong ? real(0.5) : real(0));
      else
        output = static_cast<real>(row < wrong && behind == 0 ? -1 : kClasses - behind);
    }
  return batch;
}

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("metrics: every kind has examples, whose fields come back from YAML, and a name for columns") {
    check_examples(metrics(), kCases, 2);
    std::map<std::string, std::string> of_name;  // two entries may share a name where they make the same number
    for (const MetricCase& c : kCases) {
      INFO(c.text());
      const std::string name = metric_of(c)->name();
      const std::string number = name == "top1" ? "top_k {k: 1}" : c.text();
      CHECK(of_name.emplace(name, number).first->second == number);
      CHECK(!name.empty());
      CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos);
      CHECK(!metric_of(c)->label().empty());
    }
  }

  TEST_CASE("metrics: batches may be cut anywhere, to the bit") {
    each_case([](const MetricCase& c, const BatchKind& kind) {
      Batch whole = random_batch(9, kind.shape, c.of_values);
      if (kind.weights > 0) whole = weighted(std::move(whole), kind.weights);
      const Sums want = added(c, whole);
      for (const std::vector<std::int64_t>& ends :
           {std::vector<std::int64_t>{1, 9}, {4, 5, 9}, {1, 2, 3, 4, 5, 6, 7, 8, 9}}) {
        CAPTURE(ends.size());
        Sums sums;
        std::int64_t begin = 0;
        for (const std::int64_t end : ends) sums = added(c, whole.part(begin, end), sums), begin = end;
        CHECK(sums == want);
        CHECK(value_of(c, sums) == value_of(c, want));
      }
    });
  }

  TEST_CASE("metrics: exact sums of parts add up in any order") {
    each_case([](const MetricCase& c, const BatchKind& kind) {
      const Batch whole = exact_batch(c, kind, 6);
      const Sums want = added(c, whole);
      std::vector<std::int64_t> order(6);
      std::iota(order.begin(), order.end(), 0);
      for (int turn = 0; turn < 20; ++turn) {
        Sums sums(want.size());
        for (const std::int64_t i : order) {
          const Sums part = added(c, whole.part(i, i + 1));
          for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += part[k];
        }
        CHECK(sums == want);
        for (int k = 0; k < 37; ++k) std::next_permutation(order.begin(), order.end());
      }
    });
  }

  TEST_CASE("metrics: a weight counts as so many samples, 0 as none") {
    each_case([](const MetricCase& c, const BatchKind& kind) {
      const Batch plain = exact_batch(c, {kind.shape, c.of_values}, 3);
      Batch weighty = plain.part(0, 3);
      const std::int64_t each = std::max<std::int64_t>(kind.weights, 1);
      for (std::int64_t i = 0; i < 3 * each; ++i) weighty.weight.push_back(static_cast<real>(i / each));
      Sums twice = added(c, plain.part(2, 3), added(c, plain.part(1, 2)));
      CHECK(added(c, weighty) == added(c, plain.part(2, 3), twice));
      std::fill(weighty.weight.begin(), weighty.weight.end(), real{0});
      CHECK(measure(c, weighty) == 0);
    });
  }

  TEST_CASE("metrics: of nothing 0, of perfect outputs the best, of worse ones worse, of the worst the worst") {
    each_case([](const MetricCase& c, const BatchKind& kind) {
      const Choice<Metric> metric = metric_of(c);
      CHECK(metric->value(Sums(static_cast<std::size_t>(metric->sums(kind.shape)))) == 0);
      constexpr std::int64_t kSamples = 12;
      const std::int64_t rows = kSamples * kind.shape.positions();
      double before = measure(c, guessed(c, kind, kSamples, 0));
      CHECK(before == c.best);
      for (const std::int64_t wrong : {rows / 3, rows / 2, rows}) {
        CAPTURE(wrong);
        const double now = measure(c, guessed(c, kind, kSamples, wrong));
        CHECK(worse(c, now, before));
        if (metric->is_share()) CHECK((now >= 0 && now <= 1));
        before = now;
      }
      if (!c.of_values) CHECK(before == c.worst);
      const double chance = measure(c, exact_batch(c, kind, kSamples));
      CHECK(worse(c, chance, c.best));
      CHECK(worse(c, c.worst, chance));
    });
  }

  // NaN is never right for a class metric; a mean of values that has one is NaN.
  TEST_CASE("metrics: an output that is not a number is never good, one that is infinite as bad as can be") {
    constexpr real kNan = std::numeric_limits<real>::quiet_NaN(), kInfinity = std::numeric_limits<real>::infinity();
    each_case([&](const MetricCase& c, const BatchKind& kind) {
      if (kind.weights > 0) return;
      const Batch perfect = guessed(c, kind, 4, 0);
      for (std::int64_t at = 0; at < perfect.output.count(); ++at) {
        CAPTURE(at);
        const auto row = static_cast<std::size_t>(at / kClasses);
        const bool matters = c.of_values || at % kClasses == perfect.labels[row];
        Batch odd = perfect.part(0, 4);
        odd.output.data()[at] = kNan;
        const double of_nan = measure(c, odd);
        CHECK(std::isnan(of_nan) == c.of_values);
        CHECK(worse(c, of_nan, c.best) == matters);
        odd.output.data()[at] = c.of_values ? kInfinity : -kInfinity;
        const double of_infinity = measure(c, odd);
        CHECK(worse(c, of_infinity, c.best) == matters);
        if (c.of_values) CHECK(of_infinity == c.worst);
      }
      Batch nothing = perfect.part(0, 4);
      for (real& value : nothing.output.span()) value = kNan;
      if (c.of_values)
        CHECK(std::isnan(measure(c, nothing)));
      else
        CHECK(measure(c, nothing) == c.worst);
    });
  }

  TEST_CASE("metrics: targets that do not fit are refused with both sizes, and at the metric's place") {
    for (const MetricCase& c : kCases) {
      INFO(c.text());
      const Choice<Metric> metric = metric_of(c);
      const TargetSpec classes{3, Shape{4, 5}}, values{0, Shape{3, 4, 5}};
      const auto refusal = [&](const Shape& output, const TargetSpec& target) {
        return message_of<ShapeError>([&] { metric->check(output, target); });
      };
      const std::string needs = metric->name() + " needs ", other = needs + "a target of ";
      CHECK(refusal(Shape{3, 4, 5}, c.of_values ? values : classes) == "nothing was thrown");
      CHECK(refusal(Shape{3, 4, 5}, c.of_values ? classes : values) ==
            other + (c.of_values ? "values, not of classes" : "classes, not of values"));
      for (const Shape& bad : {Shape{4, 4, 5}, Shape{3, 5, 4}, Shape{60}}) {
        const std::string text = refusal(bad, c.of_values ? values : classes);
        CAPTURE(text);
        CHECK(text.starts_with(needs));
        CHECK(text.ends_with(", got " + bad.str()));
      }

      const std::string entry = c.yaml.empty() ? c.kind : c.kind + ": " + c.yaml;
      const Experiment e = parse_experiment(std::string(kTiny) + "metrics: [{" + entry + "}]\n", "tiny.yaml", {});
      const Network network(e.model);
      const std::vector<NamedTarget> targets = {{"target", c.of_values ? TargetSpec{4, {}} : TargetSpec{0, Shape{4}}}};
      const std::string located = message_of<ConfigError>([&] { plan_goal(e, network, targets); });
      CAPTURE(located);
      CHECK(located.starts_with("tiny.yaml:16:"));
      CHECK(located.find(": error: " + other) != std::string::npos);
    }
  }
}

}  // namespace cnnctl::testing
