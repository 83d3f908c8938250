// lars and lamb against their papers, one number after the other in double.
#include <doctest/doctest.h>

#include <cmath>

#include "base/message.hpp"
#include "optim/bench.hpp"

using cnnctl::testing::Bench;
using cnnctl::testing::random_values;

namespace cnnctl {
namespace {

using Doubles = std::vector<double>;

Doubles doubles(const std::vector<real>& values) { return {values.begin(), values.end()}; }

double norm(const Doubles& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

/// Algorithm 1 of You et al. (2017) for one parameter, with trust coefficient 0.02, momentum 0.9 and decay 0.1.
/// `adapts` false: as momentum with the rate alone, and without decay.
struct PlainLars {
  Doubles v;

  void step(Doubles& w, const Doubles& g, double lr, bool adapts) {
    const double decay = adapts ? 0.1 : 0, change = norm(g) + decay * norm(w);
    const double local = adapts && norm(w) > 0 && change > 0 ? 0.02 * norm(w) / change : 1;
    v.resize(w.size());
    for (std::size_t i = 0; i < w.size(); ++i) {
      v[i] = 0.9 * v[i] + lr * local * (g[i] + decay * w[i]);
      w[i] -= v[i];
    }
  }
};

/// Algorithm 2 of You et al. (2020) for one parameter, with betas 0.8 and 0.99, eps 1e-6 and decay 0.1.
struct PlainLamb {
  Doubles m, v;
  int t = 0;

  void step(Doubles& w, const Doubles& g, double lr, bool adapts) {
    m.resize(w.size()), v.resize(w.size());
    Doubles u(w.size());
    ++t;
    for (std::size_t i = 0; i < w.size(); ++i) {
      m[i] = 0.8 * m[i] + 0.2 * g[i];
      v[i] = 0.99 * v[i] + 0.01 * g[i] * g[i];
      const double r = m[i] / (1 - std::pow(0.8, t)) / (std::sqrt(v[i] / (1 - std::pow(0.99, t))) + 1e-6);
      u[i] = r + (adapts ? 0.1 : 0) * w[i];
    }
    const double ratio = adapts && norm(w) > 0 && norm(u) > 0 ? norm(w) / norm(u) : 1;
    for (std::size_t i = 0; i < w.size(); ++i) w[i] -= lr * ratio * u[i];
  }
};

/// Parameters of all sizes: one of several blocks, a small one, one that is zero, one without decay, one at half the
/// rate; and the same gradient in each of five steps.
template <class Plain>
double largest_difference(std::string_view name, const std::string& yaml, double lr, std::size_t parts) {
  constexpr std::int64_t kCount = 100'000;
  std::vector<real> w = random_values(kCount, 11);
  std::fill(w.begin() + 70'016, w.begin() + 70'032, real{0});
  Bench bench(name, yaml, w, random_values(kCount, 12));
  bench.segments = {{.begin = 0, .end = 70'000},
                    {.begin = 70'000, .end = 70'016},
                    {.begin = 70'016, .end = 70'032},
                    {.begin = 70'032, .end = 80'000, .decay = 0},
                    {.begin = 80'000, .end = 100'000, .rate = 0.5}};
  const Workers workers(3);
  for (int t = 0; t < 5; ++t) bench.step(workers, 0.25, parts);
  double largest = 0;
  for (const Segment& s : bench.segments) {
    Doubles expected = doubles({w.begin() + s.begin, w.begin() + s.end});
    Doubles gradient = doubles({bench.gradients.begin() + s.begin, bench.gradients.begin() + s.end});
    for (double& g : gradient) g *= 0.25;
    Plain plain;
    for (int t = 0; t < 5; ++t) plain.step(expected, gradient, lr * s.rate, s.decay != 0);
    for (std::size_t i = 0; i < expected.size(); ++i)
      largest = std::max(largest, std::abs(expected[i] - static_cast<double>(bench.values[s.begin + i])));
  }
  return largest;
}

constexpr double kNear = sizeof(real) == 8 ? 1e-12 : 4e-6;

}  // namespace

TEST_SUITE("optim") {
  TEST_CASE("lars and lamb: five steps of many parameters against the papers in double") {
    for (const std::size_t parts : {1, 2, 5}) {
      CAPTURE(parts);
      const std::string lars = "{lr: 0.5, trust_coefficient: 0.02, weight_decay: 0.1}";
      CHECK(largest_difference<PlainLars>("lars", lars, 0.5, parts) < kNear);
      const std::string lamb = "{lr: 0.01, betas: [0.8, 0.99], weight_decay: 0.1}";
      CHECK(largest_difference<PlainLamb>("lamb", lamb, 0.01, parts) < kNear);
    }
  }

  TEST_CASE("lars and lamb: a step changes a parameter by a share of its norm, however large the gradient") {
    const Workers workers(2);
    for (const double size : {1e-3, 1.0, 1e3}) {
      CAPTURE(size);
      const std::vector<real> w = random_values(30'000, 13);
      std::vector<real> g = random_values(30'000, 14);
      for (real& value : g) value *= static_cast<real>(size);
      for (const auto& [name, yaml, share] : {std::tuple{"lars", "{lr: 2, trust_coefficient: 0.01}", 0.02},
                                              {"lamb", "{lr: 0.02, weight_decay: 0}", 0.02}}) {
        CAPTURE(name);
        Bench bench(name, yaml, w, g);
        bench.step(workers);
        Doubles change = doubles(w);
        for (std::size_t i = 0; i < w.size(); ++i) change[i] -= static_cast<double>(bench.values[i]);
        CHECK(norm(change) / norm(doubles(w)) == doctest::Approx(share).epsilon(1e-4));
      }
    }
  }

  TEST_CASE("lars and lamb: biases and norms are neither decayed nor adapted unless asked") {
    for (const std::string_view name : {"lars", "lamb"}) {
      CHECK_FALSE(testing::configure(optimizers(), name)->decays_bias_and_norm());
      CHECK(testing::configure(optimizers(), name, "{decay_bias_and_norm: true}")->decays_bias_and_norm());
    }
  }
}
}  // namespace cnnctl
