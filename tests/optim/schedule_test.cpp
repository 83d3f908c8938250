#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "base/message.hpp"
#include "configure.hpp"
#include "optim/optimizer.hpp"

using cnnctl::testing::configure;
using cnnctl::testing::message_of;

namespace cnnctl {
namespace {

/// Factor at `step` of a run of 20 epochs of 10 steps.
double factor(const Choice<Schedule>& schedule, std::int64_t step) { return schedule->factor({step, 10, 20}); }

}  // namespace

TEST_SUITE("optim") {
  TEST_CASE("constant: 1 throughout") {
    const Choice<Schedule> schedule = configure(schedules(), "constant");
    for (const std::int64_t step : {0, 1, 100, 199, 1000}) CHECK(factor(schedule, step) == 1);
  }

  TEST_CASE("step and multistep: drop at the beginning of an epoch") {
    const Choice<Schedule> step = configure(schedules(), "step", "{step_size: 5}");
    CHECK(factor(step, 49) == 1);
    CHECK(factor(step, 50) == doctest::Approx(0.1));
    CHECK(factor(step, 199) == doctest::Approx(0.001));
    const Choice<Schedule> multistep = configure(schedules(), "multistep", "{milestones: [15, 2], gamma: 0.5}");
    CHECK(factor(multistep, 19) == 1);
    CHECK(factor(multistep, 20) == 0.5);
    CHECK(factor(multistep, 149) == 0.5);
    CHECK(factor(multistep, 150) == 0.25);
  }

  TEST_CASE("cosine: from 1 to min_factor, reached when the last step is done") {
    const Choice<Schedule> schedule = configure(schedules(), "cosine", "{min_factor: 0.2}");
    CHECK(factor(schedule, 0) == 1);
    CHECK(factor(schedule, 100) == doctest::Approx(0.6));
    CHECK(factor(schedule, 199) == doctest::Approx(0.2 + 0.4 * (1 + std::cos(std::numbers::pi * 199 / 200))));
    CHECK(factor(schedule, 200) == 0.2);
    CHECK(factor(schedule, 5000) == 0.2);
  }

  TEST_CASE("warm-up: linear, by default from 1 / (steps + 1)") {
    const Choice<Schedule> schedule = configure(schedules(), "constant", "{warmup_steps: 4}");
    for (std::int64_t step = 0; step < 6; ++step)
      CHECK(factor(schedule, step) == doctest::Approx(std::min(1.0, static_cast<double>(step + 1) / 5)));
    const Choice<Schedule> given = configure(schedules(), "constant", "{warmup_epochs: 0.4, warmup_start: 0.5}");
    CHECK(factor(given, 0) == 0.5);
    CHECK(factor(given, 2) == 0.75);
    CHECK(factor(given, 4) == 1);
  }

  TEST_CASE("warm-up: multiplies what drops, and the cosine begins where it ends") {
    const Choice<Schedule> cosine = configure(schedules(), "cosine", "{warmup_epochs: 10}");
    CHECK(factor(cosine, 99) == doctest::Approx(100.0 / 101));
    CHECK(factor(cosine, 100) == 1);
    CHECK(factor(cosine, 150) == doctest::Approx(0.5));
    const Choice<Schedule> step = configure(schedules(), "step", "{step_size: 1, warmup_steps: 20, warmup_start: 0}");
    CHECK(factor(step, 0) == 0);
    CHECK(factor(step, 10) == doctest::Approx(0.1 * 0.5));
    CHECK(factor(step, 20) == doctest::Approx(0.01));
  }

  TEST_CASE("warm-up: in epochs or in steps, not both") {
    const std::string message =
        message_of<ConfigError>([] { configure(schedules(), "cosine", "{warmup_epochs: 1, warmup_steps: 10}"); });
    CHECK(message.find("give warmup_epochs or warmup_steps, not both") != std::string::npos);
  }
}
}  // namespace cnnctl
