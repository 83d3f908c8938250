// The law of optimizers: what optim/optimizer.hpp demands of every entry of the catalogue.
#include <doctest/doctest.h>

#include <functional>

#include "contract/crews.hpp"
#include "contract/examples.hpp"
#include "contract/flat.hpp"

namespace cnnctl::testing {
namespace {

constexpr bool kExact = sizeof(real) == 8;

void each_case(const std::function<void(const OptimizerCase&)>& use) {
  for (const OptimizerCase& c : optimizer_cases()) {
    INFO(c.text());
    use(c);
  }
}

/// After so many steps on one worker.
Weights trained(const OptimizerCase& c, int steps, const Delivery& how = {},
                const std::vector<Segment>& segments = Flat::usual()) {
  const Workers one(1);
  Flat flat(c, segments);
  for (int i = 0; i < steps; ++i) flat.step(one, how);
  return flat.weights();
}

/// That part of all arrays.
Weights within(const Weights& weights, std::int64_t begin, std::int64_t end) {
  const auto cut = [&](const Numbers& all) { return Numbers(all.begin() + begin, all.begin() + end); };
  Weights part{cut(weights.values), {}};
  for (const Numbers& state : weights.state) part.state.push_back(cut(state));
  return part;
}
Weights within(const Weights& weights, const Segment& segment) { return within(weights, segment.begin, segment.end); }

/// Changes one segment's treatment and expects the others' weights to stay. Whether its own values are others.
bool reaches(const OptimizerCase& c, std::size_t changed, double Segment::*factor, const Weights& want) {
  std::vector<Segment> segments = Flat::usual();
  segments[changed].*factor *= 4;
  const Weights got = trained(c, 3, {}, segments);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    CAPTURE(i);
    if (i != changed) CHECK(same_bits(within(got, segments[i]), within(want, segments[i])));
  }
  return !same_bits(within(got, segments[changed]).values, within(want, segments[changed]).values);
}

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("optimizers: every kind has examples, whose fields come back from YAML") {
    check_examples(optimizers(), optimizer_cases(), 2);
  }

  TEST_CASE("optimizers: the same bits for any workers, and however a step is cut into whole parameters") {
    const Crews crews;
    each_case([&](const OptimizerCase& c) {
      const Weights want = trained(c, 3);
      for (const Crews::Crew& crew : crews.all()) {
        for (const Delivery& how :
             {Delivery{}, Delivery{.parameters = 1, .backwards = true}, Delivery{.parameters = 2}}) {
          INFO(crew.text() << ", " << how.parameters << " parameters at once");
          Flat flat(c, Flat::usual(), kLarge);
          for (int i = 0; i < 3; ++i) flat.step(*crew.workers, how);
          for (const Segment& segment : flat.segments)
            CHECK(same_bits(within(flat.weights(), segment), within(want, segment)));
          CHECK(flat.undamaged());
        }
      }
    });
  }

  TEST_CASE("optimizers: the same bits from gradients in pieces of any size, where each value moves by itself") {
    const Workers two(2);
    each_case([&](const OptimizerCase& c) {
      CHECK(Flat(c).optimizer->by_value() == !c.whole);
      if (c.whole) return;
      const Weights want = trained(c, 3);
      for (const std::int64_t values : {16, 5'000, 6'000}) {
        INFO(values << " values at once");
        Flat flat(c, Flat::usual(), kLarge);
        for (int i = 0; i < 3; ++i) flat.step(two, {.parameters = 2, .values = values, .backwards = i == 1});
        for (const Segment& segment : flat.segments)
          CHECK(same_bits(within(flat.weights(), segment), within(want, segment)));
        CHECK(flat.undamaged());
      }
    });
  }

  TEST_CASE("optimizers: neighbours treated alike may be cut anew, where no value looks at its whole parameter") {
    each_case([](const OptimizerCase& c) {
      std::vector<Segment> finer = Flat::usual();
      finer.insert(finer.begin(), {.begin = 16, .end = 17'008});
      finer[1].begin = 17'008;
      const bool same{same_bits(trained(c, 3, {}, finer), trained(c, 3))};
      CHECK(same == !c.whole);
    });
  }

  TEST_CASE(
      "optimizers: a step is a function of weights, gradients, rate and number: state put back goes on the same") {
    const Workers two(2);
    each_case([&](const OptimizerCase& c) {
      Flat whole(c);
      for (int i = 0; i < 3; ++i) whole.step(two);
      const Weights half = whole.weights();
      for (int i = 0; i < 3; ++i) whole.step(two);
      Flat resumed(c);  // another object, which has seen nothing
      resumed.restore(half, 3);
      for (int i = 0; i < 3; ++i) resumed.step(two);
      CHECK(same_bits(resumed.weights(), whole.weights()));
      whole.restore(half, 3);  // the same object, which has seen more
      for (int i = 0; i < 3; ++i) whole.step(two);
      CHECK(same_bits(whole.weights(), resumed.weights()));
    });
  }

  // A parameter with `train: false` has no segment: its place, if it had one, would be like the dirt between others'.
  TEST_CASE("optimizers: what has no segment or no gradient in a step stays, state too; zeros stay zero") {
    const Workers three(3);
    each_case([&](const OptimizerCase& c) {
      for (const Dirt dirt : {kNotANumber, kLarge}) {
        Flat flat(c, Flat::usual(), dirt);
        flat.step(three);
        const Weights before = flat.weights();
        flat.step(three, {.first = 2, .most = 2});
        const Weights after = flat.weights();
        for (std::size_t i = 0; i < flat.segments.size(); ++i) {
          CAPTURE(i);
          const bool same{same_bits(within(after, flat.segments[i]), within(before, flat.segments[i]))};
          CHECK(same == (i < 2 || i >= 4));
        }
        CHECK(flat.undamaged());
        for (std::int64_t at = flat.segments[1].begin; at < flat.segments[1].end; ++at)
          if (!Flat::is_value(at)) CHECK(after.values[static_cast<std::size_t>(at)] == 0);
      }
    });
  }

  TEST_CASE("optimizers: at rate 0 nothing moves, unless changes themselves are kept") {
    const Workers one(1);
    each_case([&](const OptimizerCase& c) {
      Flat fresh(c);
      const Numbers start = fresh.weights().values;
      fresh.step(one, {.rate = 0});
      CHECK(same_bits(fresh.weights().values, start));
      Flat running(c);
      for (int i = 0; i < 3; ++i) running.step(one);
      const Numbers before = running.weights().values;
      running.step(one, {.rate = 0});
      const bool same{same_bits(running.weights().values, before)};
      CHECK(same == !c.keeps_changes);
      std::vector<Segment> still = Flat::usual();
      still[0].rate = 0;
      const Weights after = trained(c, 3, {}, still);
      CHECK(same_bits(within(after, still[0]).values, within({start, {}}, still[0]).values));
    });
  }

  TEST_CASE("optimizers: factors on rate and decay reach their segment and no other; the rate's factor is one") {
    each_case([](const OptimizerCase& c) {
      const Weights want = trained(c, 3);
      for (std::size_t i = 0; i < Flat::usual().size(); ++i) {
        CAPTURE(i);
        CHECK(reaches(c, i, &Segment::rate, want));
        const Segment segment = Flat::usual()[i];
        CHECK(reaches(c, i, &Segment::decay, want) == (c.decays && segment.decay != 0));
      }
      std::vector<Segment> twice = Flat::usual();
      for (Segment& segment : twice) segment.rate *= 2;
      CHECK(same_bits(trained(c, 3, {}, twice), trained(c, 3, {.rate = 2})));
    });
  }

  TEST_CASE("optimizers: the scale multiplies the gradient before all else") {
    each_case([](const OptimizerCase& c) {
      CHECK(same_bits(trained(c, 3, {.scale = 0.25, .size = 4}), trained(c, 3)));
      CHECK_FALSE(same_bits(trained(c, 3, {.size = 4}), trained(c, 3)));
    });
  }

  TEST_CASE("optimizers: six steps are those of the formula in double") {
    each_case([](const OptimizerCase& c) {
      constexpr int kSteps = 6;
      const Flat start(c);
      const Weights begin = start.weights(), got = trained(c, kSteps, {.scale = 0.5});
      for (const Segment& segment : start.segments) {
        CAPTURE(segment.parameter);
        const Weights own = within(begin, segment), ended = within(got, segment);
        Trained p{{own.values.begin(), own.values.end()},
                  std::vector<Doubles>(own.state.size(), Doubles(own.values.size()))};
        for (int t = 1; t <= kSteps; ++t) {
          const Numbers all = Flat::gradients_of(t - 1);
          Doubles gradient(all.begin() + segment.begin, all.begin() + segment.end);
          for (double& g : gradient) g *= 0.5;
          c.formula(p, gradient, t, start.optimizer->lr() * segment.rate, segment.decay);
        }
        constexpr double kNear = kExact ? 1e-12 : 4e-6;
        CHECK(close(ended.values, {p.w.begin(), p.w.end()}, kNear));
        for (std::size_t i = 0; i < p.state.size(); ++i)
          CHECK(close(ended.state[i], {p.state[i].begin(), p.state[i].end()}, kNear));
      }
    });
  }

  TEST_CASE("optimizers: a hundred steps come down a bowl") {
    const Workers one(1);
    each_case([&](const OptimizerCase& c) {
      constexpr std::int64_t kCount = 64;
      const Choice<Optimizer> optimizer = configure(optimizers(), c.kind, c.yaml);
      const Numbers steepness = random_numbers(kCount, 31, 0.2F, 2), bottom = random_numbers(kCount, 32, -1, 1);
      Numbers w = random_numbers(kCount, 33, 1, 3), gradient(kCount);
      std::vector<Numbers> state(optimizer->states().size(), Numbers(kCount));
      std::vector<real*> arrays;
      for (Numbers& array : state) arrays.push_back(array.data());
      const Segment segments[] = {{.begin = 0, .end = kCount}};
      const auto height = [&] {
        double sum = 0;
        for (std::size_t i = 0; i < w.size(); ++i)
          sum += 0.5 * static_cast<double>(steepness[i] * (w[i] - bottom[i]) * (w[i] - bottom[i]));
        return sum;
      };
      const double start = height();
      for (std::int64_t step = 0; step < 100; ++step) {
        for (std::size_t i = 0; i < w.size(); ++i) gradient[i] = steepness[i] * (w[i] - bottom[i]);
        optimizer->step({one, segments, w.data(), {0, kCount, gradient.data()}, arrays, optimizer->lr(), step, 1});
      }
      CHECK(height() < start / 3);
    });
  }
}

}  // namespace cnnctl::testing
