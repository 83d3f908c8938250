// The law of schedules: what optim/optimizer.hpp and optim/warmup.hpp demand of every entry of the catalogue.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <optional>

#include "base/rng.hpp"
#include "contract/examples.hpp"
#include "optim/optimizer.hpp"

namespace cnnctl::testing {
namespace {

struct ScheduleCase {
  std::string kind, yaml;  // without warm-up
  bool whole_epochs = false;
  bool rises = false;  // a factor of a drop above 1
  bool turns = false;  // goes up as well as down, of itself
  /// The factor as documented: in an epoch (of whole_epochs), or at a share of the steps after the warm-up.
  std::function<double(std::int64_t epoch)> in_epoch = {};
  std::function<double(double share)> at_share = {};

  std::string text() const { return text_of(kind, yaml); }
};

/// Loshchilov and Hutter (2017), equation 5, for one run without restarts.
std::function<double(double)> half_cosine(double least) {
  return [least](double share) { return least + 0.5 * (1 - least) * (1 + std::cos(share * std::numbers::pi)); };
}

const std::vector<ScheduleCase> kCases{
    {"constant", "", false, false, false, {}, [](double) { return 1; }},
    {"step", "2", true, false, false, [](std::int64_t epoch) { return std::pow(0.1, static_cast<double>(epoch / 2)); }},
    {"step", "{step_size: 1, gamma: 0.5}", true, false, false,
     [](std::int64_t e) { return std::pow(0.5, static_cast<double>(e)); }},
    {"step", "{step_size: 3, gamma: 1.5}", true, true, false,
     [](std::int64_t e) { return std::pow(1.5, static_cast<double>(e / 3)); }},
    {"multistep", "[2, 4]", true, false, false, [](std::int64_t e) { return e < 2   ? 1
                                                                            : e < 4 ? 0.1
                                                                                    : 0.1 * 0.1; }},
    {"multistep", "{milestones: [5, 0, 5], gamma: 0.25}", true, false, false,
     [](std::int64_t e) { return e < 5 ? 0.25 : 0.015625; }},
    {"cosine", "", false, false, false, {}, half_cosine(0)},
    {"cosine", "{min_factor: 0.125}", false, false, false, {}, half_cosine(0.125)},
    {"cosine", "{min_factor: 1}", false, false, false, {}, half_cosine(1)},
    {"exponential", "0.5", true, false, false, [](std::int64_t e) { return std::pow(0.5, static_cast<double>(e)); }},
    {"exponential", "{gamma: 1.25}", true, true, false,
     [](std::int64_t e) { return std::pow(1.25, static_cast<double>(e)); }},
    {"polynomial", "", false, false, false, {}, [](double share) { return 1 - share; }},
    {"polynomial",
     "{power: 2, min_factor: 0.25}",
     false,
     false,
     false,
     {},
     [](double share) { return 0.25 + 0.75 * (1 - share) * (1 - share); }},
    {"linear", "", false, false, false, {}, [](double share) { return 1 - share; }},
    {"linear", "{min_factor: 0.25}", false, false, false, {}, [](double share) { return 1 - 0.75 * share; }},
    {"warmup_stable_decay", "", false, false, false, {}, [](double share) { return std::min(1.0, (1 - share) / 0.2); }},
    {"warmup_stable_decay",
     "{decay_share: 0.5, decay: sqrt, min_factor: 0.125}",
     false,
     false,
     false,
     {},
     [](double share) { return share <= 0.5 ? 1 : 1 - 0.875 * std::sqrt(2 * share - 1); }},
    {"cosine_restarts", "2", false, false, true},
    {"cosine_restarts", "{first_epochs: 1, multiplier: 2, min_factor: 0.125}", false, false, true},
    {"one_cycle", "", false, false, true},
    {"one_cycle", "{pct_start: 0.5, div_factor: 4, final_div_factor: 10}", false, false, true},
    {"inverse_sqrt", "", false, false, true},
    {"inverse_sqrt", "{timescale: 9}", false, false, true},
    // Before any result: optim/plateau_test.cpp has what follows.
    {"plateau", "", false, false, false, {}, [](double) { return 1; }},
    {"plateau", "{factor: 0.5, patience: 2, min_lr: 0.001}", false, false, false, {}, [](double) { return 1; }}};

/// Warm-ups as they stand behind a schedule's own fields, with the steps that they take of seven an epoch.
struct Warmup {
  std::string yaml;
  std::int64_t steps;
  std::optional<double> start = {};
};
const std::vector<Warmup> kWarmups{{"", 0},
                                   {"warmup_steps: 1", 1},
                                   {"warmup_steps: 10", 10},
                                   {"warmup_epochs: 1.5, warmup_start: 0.25", 11, 0.25},
                                   {"warmup_epochs: 1, warmup_start: 0", 7, 0},
                                   {"warmup_steps: 100, warmup_start: 1", 100, 1}};

constexpr std::int64_t kEpoch = 7, kEpochs = 6, kAll = kEpoch * kEpochs;

Choice<Schedule> schedule_of(const ScheduleCase& c, const Warmup& warmup) {
  std::string yaml = c.yaml;
  if (!warmup.yaml.empty()) {
    if (!yaml.starts_with("{")) {
      const std::string word = c.kind == "step"              ? "step_size: "
                               : c.kind == "multistep"       ? "milestones: "
                               : c.kind == "exponential"     ? "gamma: "
                               : c.kind == "cosine_restarts" ? "first_epochs: "
                                                             : "";
      yaml = "{" + (yaml.empty() ? "" : word + yaml) + "}";
    }
    yaml.insert(yaml.size() - 1, (yaml == "{}" ? "" : ", ") + warmup.yaml);
  }
  return configure(schedules(), c.kind, yaml);
}

double factor(const Choice<Schedule>& schedule, std::int64_t step) { return schedule->factor({step, kEpoch, kEpochs}); }

/// Each schedule with each warm-up.
void each_case(const std::function<void(const ScheduleCase&, const Warmup&, const Choice<Schedule>&)>& use) {
  for (const ScheduleCase& c : kCases)
    for (const Warmup& warmup : kWarmups) {
      INFO(c.text() << " with " << (warmup.yaml.empty() ? "no warm-up" : warmup.yaml));
      use(c, warmup, schedule_of(c, warmup));
    }
}

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("schedules: every kind has examples, whose fields come back from YAML, with warm-up too") {
    check_examples(schedules(), kCases, 2);
    each_case([](const ScheduleCase&, const Warmup&, const Choice<Schedule>& schedule) { check_round_trip(schedule); });
  }

  TEST_CASE("schedules: finite and never below 0, at any step of any run; above 1 only by a factor above 1") {
    each_case([](const ScheduleCase& c, const Warmup&, const Choice<Schedule>& schedule) {
      for (const std::int64_t epoch : {1, 7, 100'000})
        for (const std::int64_t epochs : {1, 6, 300})
          for (const std::int64_t step : {std::int64_t{0}, std::int64_t{1}, epoch - 1, epoch, epoch * epochs / 2,
                                          epoch * epochs - 1, epoch * epochs, 2 * epoch * epochs}) {
            INFO("step " << step << " of " << epochs << " epochs of " << epoch);
            const double f = schedule->factor({step, epoch, epochs});
            CHECK(std::isfinite(f));
            CHECK(f >= 0);
            if (!c.rises) CHECK(f <= 1);
          }
    });
  }

  TEST_CASE(
      "schedules: a function of where training stands: in any order, twice, by another object, as after a resume") {
    each_case([](const ScheduleCase& c, const Warmup& warmup, const Choice<Schedule>& schedule) {
      std::vector<double> want;
      for (std::int64_t step = 0; step <= kAll + 5; ++step) want.push_back(factor(schedule, step));
      for (const std::uint32_t at : permutation(static_cast<std::uint32_t>(want.size()), 3, Purpose::shuffle)) {
        CAPTURE(at);
        CHECK(factor(schedule, at) == want[at]);
        CHECK(factor(schedule_of(c, warmup), at) == want[at]);  // which was asked nothing before
        CHECK(factor(Choice<Schedule>(schedule), at) == want[at]);
      }
    });
  }

  TEST_CASE("schedules: warm-up is a line from its start to the full rate, and then has never been") {
    each_case([](const ScheduleCase& c, const Warmup& warmup, const Choice<Schedule>& schedule) {
      const Choice<Schedule> plain = schedule_of(c, {"", 0});
      const auto n = static_cast<double>(warmup.steps);
      for (std::int64_t step = 0; step <= kAll; ++step) {
        CAPTURE(step);
        const double start = warmup.start.value_or(1 / (n + 1));
        const double line = step < warmup.steps ? start + (1 - start) * static_cast<double>(step) / n : 1;
        // Whole epochs count from the beginning of training, others from the end of the warm-up, which is 1.
        if (c.whole_epochs)
          CHECK(factor(schedule, step) == doctest::Approx(line * factor(plain, step)).epsilon(1e-14));
        else if (!c.turns && step <= warmup.steps && warmup.steps < kAll)
          CHECK(factor(schedule, step) == doctest::Approx(line).epsilon(1e-14));
      }
      if (warmup.steps > 0 && !c.turns)
        CHECK(factor(schedule, 0) == warmup.start.value_or(1 / (n + 1)) * (c.whole_epochs ? factor(plain, 0) : 1));
    });
  }

  TEST_CASE("schedules: both ends and what lies between are as documented") {
    each_case([](const ScheduleCase& c, const Warmup& warmup, const Choice<Schedule>& schedule) {
      if (c.whole_epochs) {
        for (std::int64_t step = warmup.steps; step < 2 * kAll; ++step) {
          CAPTURE(step);
          CHECK(factor(schedule, step) == doctest::Approx(c.in_epoch(step / kEpoch)).epsilon(1e-14));
        }
        return;
      }
      if (c.turns || warmup.steps >= kAll) return;  // never at its end
      CHECK(factor(schedule, warmup.steps) == 1);
      for (std::int64_t step = warmup.steps; step < kAll; ++step) {
        CAPTURE(step);
        const double share = static_cast<double>(step - warmup.steps) / static_cast<double>(kAll - warmup.steps);
        CHECK(factor(schedule, step) == doctest::Approx(c.at_share(share)).epsilon(1e-13));
        CHECK(factor(schedule, step + 1) <= factor(schedule, step));
        if (c.at_share(1) < 1) CHECK(factor(schedule, step) > c.at_share(1));  // reached when the last step is done
      }
      for (const std::int64_t step : {kAll, kAll + 1, 100 * kAll}) CHECK(factor(schedule, step) == c.at_share(1));
    });
  }

  TEST_CASE("schedules that turn: PyTorch's numbers, step by step after the warm-up") {
    const auto check = [](const char* kind, const char* yaml, const std::function<double(double done)>& want) {
      for (const Warmup& warmup : {Warmup{"", 0}, Warmup{"warmup_steps: 10", 10}}) {
        INFO(kind << " " << yaml << " " << warmup.yaml);
        const Choice<Schedule> schedule = schedule_of({kind, yaml}, warmup);
        for (std::int64_t step = warmup.steps; step < kAll; ++step) {
          CAPTURE(step);
          CHECK(factor(schedule, step) ==
                doctest::Approx(want(static_cast<double>(step - warmup.steps))).epsilon(1e-13));
        }
      }
    };
    const auto cosine = [](double from, double to, double share) {
      return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * share));
    };
    // CosineAnnealingWarmRestarts: T_0 = 14; and T_0 = 7, T_mult = 2: 7, 14 and 28 steps.
    check("cosine_restarts", "2", [&](double t) { return cosine(1, 0, std::fmod(t, 14) / 14); });
    check("cosine_restarts", "{first_epochs: 1, multiplier: 2, min_factor: 0.125}", [&](double t) {
      return t < 7    ? cosine(1, 0.125, t / 7)
             : t < 21 ? cosine(1, 0.125, (t - 7) / 14)
                      : cosine(1, 0.125, (t - 21) / 28);
    });
    // OneCycleLR: phases end at pct_start * total_steps - 1 and at total_steps - 1.
    for (const std::int64_t warmup : {0, 10}) {
      const double steps = static_cast<double>(kAll - warmup), peak = 0.5 * steps - 1;
      const Choice<Schedule> schedule =
          schedule_of({"one_cycle", "{pct_start: 0.5, div_factor: 4, final_div_factor: 10}"},
                      {warmup == 0 ? "" : "warmup_steps: 10", warmup});
      for (std::int64_t step = warmup; step < kAll; ++step) {
        CAPTURE(step);
        const double t = static_cast<double>(step - warmup);
        const double want = t <= peak ? cosine(0.25, 1, t / peak) : cosine(1, 0.025, (t - peak) / (steps - 1 - peak));
        CHECK(factor(schedule, step) == doctest::Approx(want).epsilon(1e-13));
      }
    }
    check("inverse_sqrt", "{timescale: 9}", [](double t) { return 3 / std::sqrt(9 + t); });
    CHECK(factor(schedule_of({"inverse_sqrt", ""}, {"warmup_steps: 10", 10}), 40) == doctest::Approx(0.5));
  }
}

}  // namespace cnnctl::testing
