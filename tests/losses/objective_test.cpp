// Objectives of several terms: totals, gradients that add up, outputs that nobody looks at.
#include "losses/objective.hpp"

#include <doctest/doctest.h>

#include "losses/batch.hpp"

namespace cnnctl::testing {
namespace {

/// Classes under "class", soft targets under "values".
class BothTargets final : public Targets {
 public:
  explicit BothTargets(const Batch& batch) : batch_(batch) {}
  Target target(std::string_view name) const override {
    if (name == "class") return {batch_.labels, {}, {}};
    CHECK(name == "values");
    return {{}, {batch_.soft.data(), batch_.n, batch_.shape}, {}};
  }

 private:
  const Batch& batch_;
};

Term term(std::string_view loss, std::size_t output, const std::string& target, double weight) {
  return {"", output, target, weight, configure(losses(), loss)};
}

}  // namespace

TEST_SUITE("losses") {
  TEST_CASE("an objective of one term is that loss, bit for bit") {
    const Workers workers(1);
    Batch batch = random_batch(5, 4, true);
    const Choice<Loss> alone = configure(losses(), "cross_entropy");
    const double expected = batch.evaluate(alone, workers);
    std::vector<real> gradient(batch.gradient.size());
    Objective objective({term("cross_entropy", 0, "values", 1)});
    const Output output{batch.output.view(), gradient.data()};
    const std::span<const TermValue> values = objective.evaluate(workers, {&output, 1}, BothTargets(batch));
    CHECK(objective.total(values) == expected);
    CHECK(values[0].weight == 5);
    CHECK(gradient == batch.gradient);
    CHECK(objective.number(0) == "loss");
  }

  TEST_CASE("terms on one output add up, each by its weight; the others' outputs get their own") {
    const Workers workers(2);
    Batch first = random_batch(5, 4, true), last(first.shape, 5);
    for (std::int64_t i = 0; i < 20; ++i) last.output.data()[i] = first.output.data()[19 - i];
    Objective objective({term("cross_entropy", 0, "class", 1), term("mse", 1, "values", 3),
                         term("mse", 0, "values", 0.25), term("kl_div", 0, "values", 2)});
    std::vector<real> a(20, real(7)), b(20, real(7)), unseen(20, real(7));
    const Output outputs[] = {{first.output.view(), a.data()},
                              {last.output.view(), b.data()},
                              {last.output.view(), unseen.data()},
                              {last.output.view(), nullptr}};
    const std::span<const TermValue> values = objective.evaluate(workers, outputs, BothTargets(first));

    const auto alone = [&](std::string_view loss, const Batch& batch, bool of_classes, double weight) {
      Batch copy = batch.part(0, 5);
      copy.labels = first.labels;
      if (!of_classes) copy.soft = first.soft;
      if (of_classes) copy.soft.clear();
      const double mean = copy.evaluate(configure(losses(), loss), workers, true, weight);
      return std::pair(mean, copy.gradient);
    };
    const auto [entropy, da] = alone("cross_entropy", first, true, 1);
    const auto [other, db] = alone("mse", last, false, 3);
    const auto [square, dc] = alone("mse", first, false, 0.25);
    const auto [divergence, dd] = alone("kl_div", first, false, 2);
    CHECK(objective.total(values) == doctest::Approx(entropy + 3 * other + 0.25 * square + 2 * divergence));
    CHECK(values[1].mean == other);
    for (std::size_t i = 0; i < 20; ++i)
      CHECK(static_cast<double>(a[i]) == doctest::Approx(static_cast<double>(da[i] + dc[i] + dd[i])).epsilon(1e-5));
    CHECK(b == db);
    CHECK(unseen == std::vector<real>(20));
    CHECK(objective.number(1) == "loss_");
  }
}
}  // namespace cnnctl::testing
