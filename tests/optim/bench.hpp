// A small place to train flat arrays with one optimizer, for tests of update rules.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.hpp"
#include "configure.hpp"
#include "optim/optimizer.hpp"

namespace cnnctl::testing {

/// Parameters under training by an optimizer.
struct Bench {
  Choice<Optimizer> optimizer;
  std::vector<real> values, gradients;
  std::vector<std::vector<real>> state;
  std::vector<Segment> segments;
  std::int64_t steps = 0;

  Bench(std::string_view name, const std::string& yaml, std::vector<real> w, std::vector<real> g)
      : optimizer(configure(optimizers(), name, yaml)), values(std::move(w)), gradients(std::move(g)) {
    state.resize(optimizer->states().size(), std::vector<real>(values.size()));
    const auto count = static_cast<std::int64_t>(values.size());
    segments = {{.begin = 0, .end = count}};
  }

  /// Cuts the arrays into parameters of one treatment that begin at these positions.
  void cut(const std::vector<std::int64_t>& begins) {
    segments.clear();
    for (std::size_t i = 0; i < begins.size(); ++i)
      segments.push_back({.begin = begins[i],
                          .end = i + 1 < begins.size() ? begins[i + 1] : static_cast<std::int64_t>(values.size()),
                          .parameter = static_cast<std::uint32_t>(i)});
  }

  /// One step; the gradients come in parts of this many parameters.
  void step(const Workers& workers, double scale = 1, std::size_t parameters = 1) {
    std::vector<real*> arrays;
    for (std::vector<real>& array : state) arrays.push_back(array.data());
    for (std::size_t i = 0; i < segments.size(); i += parameters) {
      const std::int64_t begin = segments[i].begin, end = segments[std::min(i + parameters, segments.size()) - 1].end;
      const Gradients part{begin, end, gradients.data() + begin};
      optimizer->step({workers, segments, values.data(), part, arrays, optimizer->lr(), steps, scale});
    }
    ++steps;
  }
};

inline std::vector<real> random_values(std::size_t count, std::uint64_t seed) {
  Rng rng(seed, Purpose::synthetic);
  std::vector<real> values(count);
  for (real& value : values) value = static_cast<real>(rng.normal());
  return values;
}

}  // namespace cnnctl::testing
