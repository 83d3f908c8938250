#include <doctest/doctest.h>

#include <cmath>

#include "base/message.hpp"
#include "configure.hpp"
#include "optim/bench.hpp"

using cnnctl::testing::Bench;
using cnnctl::testing::configure;
using cnnctl::testing::message_of;
using cnnctl::testing::random_values;

namespace cnnctl {
namespace {

/// Adam as the paper and PyTorch have it, one number at a time, in double.
struct PlainAdam {
  double m = 0, v = 0;
  double step(double w, double g, int t, double lr, double l2, double decoupled) {
    const double b1 = 0.8, b2 = 0.99, eps = 1e-6;
    w -= lr * decoupled * w;
    g += l2 * w;
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g * g;
    return w - lr * (m / (1 - std::pow(b1, t))) / (std::sqrt(v / (1 - std::pow(b2, t))) + eps);
  }
};

constexpr double kNear = sizeof(real) == 8 ? 1e-12 : 2e-6;

}  // namespace

TEST_SUITE("optim") {
  TEST_CASE("sgd: two steps computed by hand") {
    const Workers workers(1);
    Bench plain("sgd", "{lr: 0.1}", {1}, {real(0.5)});
    plain.step(workers);
    CHECK(static_cast<double>(plain.values[0]) == doctest::Approx(0.95).epsilon(kNear));
    CHECK(plain.state.empty());

    Bench momentum("sgd", "{lr: 0.1, momentum: 0.9, weight_decay: 0.1}", {1}, {real(0.5)});
    momentum.step(workers);
    CHECK(static_cast<double>(momentum.values[0]) == doctest::Approx(0.94).epsilon(kNear));
    momentum.step(workers);
    CHECK(static_cast<double>(momentum.state[0][0]) == doctest::Approx(1.134).epsilon(kNear));
    CHECK(static_cast<double>(momentum.values[0]) == doctest::Approx(0.8266).epsilon(kNear));

    Bench nesterov("sgd", "{lr: 0.1, momentum: 0.9, weight_decay: 0.1, nesterov: true}", {1}, {real(0.5)});
    nesterov.step(workers);
    CHECK(static_cast<double>(nesterov.values[0]) == doctest::Approx(0.886).epsilon(kNear));
  }

  TEST_CASE("sgd: clipping scales the gradient before decay joins it") {
    const Workers workers(1);
    Bench bench("sgd", "{lr: 0.1, weight_decay: 0.1}", {1}, {2});
    bench.step(workers, 0.25);
    CHECK(static_cast<double>(bench.values[0]) == doctest::Approx(1 - 0.1 * (0.5 + 0.1)).epsilon(kNear));
  }

  TEST_CASE("adam and adamw: five steps of many numbers against the formula in double") {
    const Workers workers(2);
    for (const bool decoupled : {false, true}) {
      CAPTURE(decoupled);
      const std::vector<real> w = random_values(40'007, 1), g = random_values(40'007, 2);
      Bench bench(decoupled ? "adamw" : "adam", "{lr: 0.01, betas: [0.8, 0.99], eps: 1e-6, weight_decay: 0.1}", w, g);
      for (int t = 0; t < 5; ++t) bench.step(workers);
      double largest = 0;
      for (std::size_t i = 0; i < w.size(); ++i) {
        PlainAdam adam;
        double expected = static_cast<double>(w[i]);
        for (int t = 1; t <= 5; ++t)
          expected = adam.step(expected, static_cast<double>(g[i]), t, 0.01, decoupled ? 0 : 0.1, decoupled ? 0.1 : 0);
        largest = std::max(largest, std::abs(static_cast<double>(bench.values[i]) - expected));
      }
      CHECK(largest < (sizeof(real) == 8 ? 1e-12 : 2e-6));
    }
  }

  TEST_CASE("rmsprop: two steps computed by hand") {
    const Workers workers(1);
    Bench plain("rmsprop", "{lr: 0.1, alpha: 0.5, eps: 0.5, weight_decay: 0.1}", {1}, {real(0.5)});
    plain.step(workers);  // g = 0.6, mean square 0.18
    CHECK(static_cast<double>(plain.values[0]) == doctest::Approx(1 - 0.06 / (std::sqrt(0.18) + 0.5)).epsilon(kNear));

    Bench all("rmsprop", "{lr: 0.1, alpha: 0.5, eps: 0.5, momentum: 0.5, centered: true}", {1}, {real(0.4)});
    all.step(workers);  // mean square 0.08, mean 0.2, variance 0.04, change 0.4 / 0.7
    CHECK(static_cast<double>(all.values[0]) == doctest::Approx(1 - 0.1 * 0.4 / 0.7).epsilon(kNear));
    all.step(workers);  // mean square 0.12, mean 0.3, variance 0.03
    const double change = 0.5 * 0.4 / 0.7 + 0.4 / (std::sqrt(0.03) + 0.5);
    CHECK(static_cast<double>(all.state[0][0]) == doctest::Approx(0.12).epsilon(kNear));
    CHECK(static_cast<double>(all.state[1][0]) == doctest::Approx(change).epsilon(kNear));
    CHECK(static_cast<double>(all.state[2][0]) == doctest::Approx(0.3).epsilon(kNear));
    CHECK(static_cast<double>(all.values[0]) == doctest::Approx(1 - 0.1 * (0.4 / 0.7 + change)).epsilon(kNear));
  }

  TEST_CASE("adagrad: two steps computed by hand") {
    const Workers workers(1);
    Bench bench("adagrad", "{lr: 0.1, lr_decay: 1, eps: 0.5}", {1}, {real(0.3)});
    bench.step(workers);
    CHECK(static_cast<double>(bench.values[0]) == doctest::Approx(1 - 0.1 * 0.3 / 0.8).epsilon(kNear));
    bench.step(workers);
    const double second = 0.05 * 0.3 / (std::sqrt(0.18) + 0.5);
    CHECK(static_cast<double>(bench.state[0][0]) == doctest::Approx(0.18).epsilon(kNear));
    CHECK(static_cast<double>(bench.values[0]) == doctest::Approx(1 - 0.0375 - second).epsilon(kNear));
  }

  TEST_CASE("every optimizer: only segments are touched, decay only where it applies") {
    const Workers workers(3);
    for (const std::string_view name : {"sgd", "adam", "adamw"}) {
      CAPTURE(name);
      const std::vector<real> w = random_values(50'000, 3), zero(50'000);
      Bench bench(name, "{lr: 0.1, weight_decay: 0.5}", w, zero);
      bench.segments = {{.begin = 10, .end = 20'003},
                        {.begin = 20'003, .end = 20'010, .decay = 0},
                        {.begin = 30'000, .end = 49'999, .decay = 0}};
      bench.step(workers);
      std::int64_t changed = 0;
      for (std::size_t i = 0; i < w.size(); ++i) {
        const bool decays = i >= 10 && i < 20'003;
        if (!decays && bench.values[i] != w[i]) ++changed;
        if (decays && bench.values[i] == w[i]) ++changed;
      }
      CHECK(changed == 0);
    }
  }

  TEST_CASE("every optimizer: padding of zeros stays zero, neither workers nor parts of a step change bits") {
    for (const Kind<Optimizer>* kind : optimizers().kinds()) {
      CAPTURE(kind->name);
      std::vector<real> w = random_values(70'001, 4), g = random_values(70'001, 5);
      w[100] = g[100] = 0;
      const std::vector<std::int64_t> begins{0, 16, 112, 4112, 40'000, 69'984};
      Bench alone(kind->name, std::string(kind->example), w, g);
      alone.cut(begins);
      const Workers one(1);
      for (int t = 0; t < 3; ++t) alone.step(one);
      CHECK(alone.values[100] == 0);
      for (const int count : {2, 3, 8}) {
        const Workers workers(count);
        Bench again(kind->name, std::string(kind->example), w, g);
        again.cut(begins);
        for (int t = 0; t < 3; ++t) again.step(workers, 1, static_cast<std::size_t>(count));
        CHECK(again.values == alone.values);
        CHECK(again.state == alone.state);
      }
    }
  }

  TEST_CASE("every optimizer: rate and decay of a segment are factors, whatever stands beside it") {
    const Workers workers(2);
    for (const Kind<Optimizer>* kind : optimizers().kinds()) {
      CAPTURE(kind->name);
      const std::vector<real> w = random_values(10'000, 6), g = random_values(10'000, 7);
      Bench mixed(kind->name, "{lr: 0.01, weight_decay: 0.25}", w, g);
      mixed.segments = {{.begin = 0, .end = 4000},
                        {.begin = 4000, .end = 6000, .rate = 0.5},
                        {.begin = 6000, .end = 6016, .decay = 2},
                        {.begin = 6016, .end = 10'000, .rate = 2, .decay = 0.5}};
      const auto alone = [&](std::size_t i, const std::string& yaml) {
        Bench bench(kind->name, yaml, w, g);
        bench.segments = {{.begin = mixed.segments[i].begin, .end = mixed.segments[i].end}};
        for (int t = 0; t < 3; ++t) bench.step(workers);
        return std::vector<real>(bench.values.begin() + mixed.segments[i].begin,
                                 bench.values.begin() + mixed.segments[i].end);
      };
      for (int t = 0; t < 3; ++t) mixed.step(workers, 1, 4);
      const std::string yaml[] = {"{lr: 0.01, weight_decay: 0.25}", "{lr: 0.005, weight_decay: 0.25}",
                                  "{lr: 0.01, weight_decay: 0.5}", "{lr: 0.02, weight_decay: 0.125}"};
      for (std::size_t i = 0; i < 4; ++i) {
        CAPTURE(i);
        CHECK(std::vector<real>(mixed.values.begin() + mixed.segments[i].begin,
                                mixed.values.begin() + mixed.segments[i].end) == alone(i, yaml[i]));
      }
    }
  }

  TEST_CASE("optimizers refuse settings that mean nothing") {
    const auto message = [](std::string_view name, const std::string& yaml) {
      return message_of<ConfigError>([&] { configure(optimizers(), name, yaml); });
    };
    CHECK(message("sgd", "{nesterov: true}").find("nesterov needs a momentum above 0") != std::string::npos);
    CHECK(message("adam", "{betas: [0.9]}").find("betas takes two numbers: [0.9, 0.999]") != std::string::npos);
    CHECK(message("adam", "{betas: [0.9, 1.0]}") != "nothing was thrown");
    CHECK(message("sgd", "{lr: 0}") != "nothing was thrown");
  }

  TEST_CASE("optimizers name their state and their defaults as PyTorch does") {
    CHECK(configure(optimizers(), "sgd", "{momentum: 0.9}")->states() == std::vector<std::string_view>{"momentum"});
    CHECK(configure(optimizers(), "adamw")->states() == std::vector<std::string_view>{"exp_avg", "exp_avg_sq"});
    CHECK(configure(optimizers(), "rmsprop")->states() == std::vector<std::string_view>{"square_avg"});
    CHECK(configure(optimizers(), "rmsprop", "{centered: true, momentum: 0.5}")->states() ==
          std::vector<std::string_view>{"square_avg", "momentum", "grad_avg"});
    CHECK(configure(optimizers(), "adagrad")->states() == std::vector<std::string_view>{"sum"});
    CHECK(configure(optimizers(), "sgd")->lr() == 0.01);
    CHECK(configure(optimizers(), "adam")->lr() == 0.001);
    CHECK(configure(optimizers(), "adam")->decays_bias_and_norm());
    CHECK_FALSE(configure(optimizers(), "adam", "{decay_bias_and_norm: false}")->decays_bias_and_norm());
  }
}
}  // namespace cnnctl
