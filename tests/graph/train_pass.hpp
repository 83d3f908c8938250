// Training passes of small nets, for tests that compare them.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "config/yaml.hpp"
#include "graph/program.hpp"
#include "train/step.hpp"

namespace cnnctl::testing {

inline ModelSpec model(const std::string& yaml) {
  Diagnostics diagnostics;
  const Node node = parse_yaml(yaml, "test.yaml", diagnostics);
  ModelSpec spec = read_model(node, nullptr, diagnostics);
  diagnostics.throw_if_errors();
  return spec;
}

inline void fill(std::span<real> values, std::uint64_t stream) {
  Rng rng(3, Purpose::synthetic, stream);
  for (real& value : values) value = rng.uniform(-1, 1);
}

/// A loss that wants any output to move in a drawn direction.
class DrawnGradient final : public Loss {
 public:
  void fields(Fields&) override {}
  void check(const Shape&, const TargetSpec&) const override {}
  double evaluate(const Workers&, ConstView output, const Target&, std::span<double>, Slope slope) const override {
    fill({slope.values, static_cast<std::size_t>(output.count())}, 2);
    return 0;
  }
};
inline constexpr Kind<Loss> kDrawnGradient = kind_of<Loss, DrawnGradient>("drawn_gradient", "", "");

class NoTargets final : public Targets {
 public:
  Target target(std::string_view) const override { return {}; }
};

/// An optimizer that keeps the gradients, and makes of each parameter what an update may make of it.
class Recorder final : public Optimizer {
 public:
  explicit Recorder(std::vector<real>& gradients) : gradients_(gradients) {}
  void fields(Fields&) override {}
  double lr() const override { return 1; }
  bool decays_bias_and_norm() const override { return true; }
  std::vector<std::string_view> states() const override { return {}; }
  void step(const Step& s) const override {
    const Gradients& g = s.gradients;
    std::copy_n(g.values, g.end - g.begin, gradients_.begin() + g.begin);
    std::fill(s.values + g.begin, s.values + g.end, real(NAN));
  }

 private:
  std::vector<real>& gradients_;
};

/// One training pass over a batch: the outputs, and all gradients.
struct Pass {
  std::vector<real> output, gradients;
};

inline Pass train_pass(const std::string& yaml, const Workers& workers, bool fused, std::int64_t n = 5,
                       bool keep = true, bool by_value = false) {
  Network network(model(yaml));
  network.initialise(1);
  Program program(network, workers,
                  {.mode = Mode::train, .batch = n + 1, .fuse = fused, .keep_gradients = keep, .by_value = by_value});
  View x = program.input();
  fill({x.data, static_cast<std::size_t>(x.count())}, 1);
  Pass pass;
  const Recorder recorder(pass.gradients);
  const OptimizerState state(recorder, network);
  Objective objective({{"", 0, "", 1, Choice<Loss>(kDrawnGradient)}});
  TrainingStep step({network, workers, program, objective, recorder, state, std::nullopt, 42});
  for (int repeat = 0; repeat < 2; ++repeat) {  // the second pass meets the first one's leftovers in the arena
    network.initialise(1);
    pass.gradients.assign(static_cast<std::size_t>(network.flat_size()), real(NAN));
    step.forward(n, 7, NoTargets());
    step.backward(7, 1);
  }
  network.initialise(1);
  const ConstView y = program.forward(n, 42, 7);
  pass.output.assign(y.data, y.data + y.count());
  return pass;
}

inline double largest_difference(const std::vector<real>& a, const std::vector<real>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0, scale = 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    scale = std::max(scale, std::abs(static_cast<double>(a[i])));
  }
  return largest / scale;
}

inline bool same_bits(const std::vector<real>& a, const std::vector<real>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(real)) == 0;
}

}  // namespace cnnctl::testing
