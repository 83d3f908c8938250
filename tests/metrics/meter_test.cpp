// Numbers of an epoch: added up, interrupted, gone on with.
#include "metrics/meter.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "losses/batch.hpp"

namespace cnnctl::testing {
namespace {

class OneTarget final : public Targets {
 public:
  explicit OneTarget(const Batch& batch) : batch_(batch) {}
  Target target(std::string_view name) const override {
    Target target = batch_.target();
    if (name == "values") target = {{}, {batch_.output.data(), batch_.n, batch_.shape}, {}};  // the output itself
    return target;
  }

 private:
  const Batch& batch_;
};

Measure measure_of(std::string_view name, const Shape& output) {
  Choice<Metric> metric = configure(metrics(), name);
  return {metric->name(), metric->label(), 0, "class", metric->sums(output), std::move(metric)};
}

void add(Meter& meter, Objective& objective, const Batch& batch) {
  const Workers workers(1);
  const Output output{batch.output.view(), nullptr};
  const std::span<const Output> outputs(&output, 1);
  meter.add(objective.evaluate(workers, outputs, OneTarget(batch)), outputs, OneTarget(batch));
}

Objective weighted_objective() {
  return Objective({{"fc", 0, "class", 1, configure(losses(), "cross_entropy", "{class_weights: [1, 2, 0.5]}")}});
}

}  // namespace

TEST_SUITE("metrics") {
  TEST_CASE("a meter gives the mean over all samples, however they came") {
    Objective objective = weighted_objective();
    const std::vector<Measure> measures = {measure_of("top1", Shape{3}), measure_of("f1", Shape{3})};
    const Batch whole = random_batch(11, 3, false);
    Meter at_once(objective, measures), in_parts(objective, measures);
    add(at_once, objective, whole);
    for (const auto& [begin, end] : {std::pair(0, 4), std::pair(4, 5), std::pair(5, 11)})
      add(in_parts, objective, whole.part(begin, end));
    const Results a = at_once.results(), b = in_parts.results();
    CHECK(a.samples == 11);
    CHECK(b.samples == 11);
    REQUIRE(a.numbers.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(b.numbers[i].value == doctest::Approx(a.numbers[i].value).epsilon(1e-12));
    CHECK(a.loss() > 0);
    CHECK(a.metric().name == "top1");
    CHECK(a.find("f1")->larger_is_better);
    CHECK(a.find("top5") == nullptr);
  }

  TEST_CASE("a meter goes on from its sums with the bits of one that was not interrupted") {
    Objective objective = weighted_objective();
    const std::vector<Measure> measures = {measure_of("top1", Shape{3}), measure_of("f1", Shape{3})};
    const Batch whole = random_batch(11, 3, false);
    Meter straight(objective, measures), before(objective, measures), after(objective, measures);
    add(straight, objective, whole.part(0, 6));
    add(straight, objective, whole.part(6, 11));
    add(before, objective, whole.part(0, 6));
    after.restore(before.samples(), before.sums());
    add(after, objective, whole.part(6, 11));
    CHECK(after.sums() == straight.sums());
    CHECK(after.samples() == 11);
    CHECK(after.results().loss() == straight.results().loss());

    NamedSums old = before.sums();  // as a program without f1 and with another metric left them
    old.erase("f1");
    old["gone"] = {1, 2, 3};
    after.restore(6, old);
    CHECK(after.results().find("top1")->value == before.results().find("top1")->value);
    CHECK(after.results().find("f1")->value == 0);
    after.reset();
    CHECK(after.samples() == 0);
    CHECK(after.results().loss() == 0);
  }

  TEST_CASE("of several terms the loss is the weighted sum, and each has a number") {
    Objective objective({{"fc", 0, "class", 1, configure(losses(), "cross_entropy")},
                         {"aux", 0, "values", 0.5, configure(losses(), "mse")}});
    Meter meter(objective, {measure_of("top1", Shape{3})});
    Batch batch = random_batch(4, 3, false);
    add(meter, objective, batch);
    const Results results = meter.results();
    REQUIRE(results.numbers.size() == 4);
    CHECK(results.numbers[0].name == "loss");
    CHECK(results.numbers[1].name == "top1");
    CHECK(results.numbers[2].name == "loss_fc");
    CHECK(results.numbers[3].name == "loss_aux");
    CHECK(results.numbers[3].value == 0);
    CHECK(results.loss() == results.numbers[2].value);
    CHECK(meter.sums().count("loss_fc") == 1);
    batch.output.data()[0] = std::nan("");
    add(meter, objective, batch);
    CHECK(std::isnan(meter.results().loss()));
    CHECK_FALSE(std::signbit(meter.results().loss()));
  }

  TEST_CASE("of samples that weigh nothing the loss is 0, unless an output of theirs is not a number") {
    Objective objective = weighted_objective();
    Meter meter(objective, {});
    Batch batch = random_batch(2, 3, false);
    batch.weight = {0, 0};
    add(meter, objective, batch);
    CHECK(meter.results().loss() == 0);
    batch.output.data()[0] = std::nan("");
    add(meter, objective, batch);
    CHECK(std::isnan(meter.results().loss()));
  }
}
}  // namespace cnnctl::testing
