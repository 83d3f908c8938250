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

/// One training pass over a batch: the outputs, and all gradients.
struct Pass {
  std::vector<real> output, gradients;
};

inline Pass train_pass(const std::string& yaml, const Workers& workers, bool fused, std::int64_t n = 5,
                       bool keep = true) {
  Network network(model(yaml));
  network.initialise(1);
  Program program(network, workers, {.mode = Mode::train, .batch = n + 1, .fuse = fused, .keep_gradients = keep});
  View x = program.input();
  fill({x.data, static_cast<std::size_t>(x.count())}, 1);
  Pass pass;
  for (int repeat = 0; repeat < 2; ++repeat) {  // the second pass meets the first one's leftovers in the arena
    network.initialise(1);
    const ConstView y = program.forward(n, 42, 7);
    fill({program.output_gradient(), static_cast<std::size_t>(y.count())}, 2);
    pass.gradients.assign(static_cast<std::size_t>(network.flat_size()), real(NAN));
    program.backward([&](const Gradients& g) {
      std::copy_n(g.values, g.end - g.begin, pass.gradients.begin() + g.begin);
      std::fill(network.flat_values() + g.begin, network.flat_values() + g.end, real(NAN));  // as it may
    });
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
