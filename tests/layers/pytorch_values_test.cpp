// What PyTorch computes, held without PyTorch: of each kind two of the settings that `make parity` tries, and weighted
// sums of the outputs and of all gradients. `scripts/parity.sh --values` writes pytorch_values.inc.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "drawn_parameters.hpp"

namespace cnnctl::testing {
namespace {

struct Value {
  double sum, size;  // size: of the absolute values of what was added up
};

struct Setting {
  const char *kind, *yaml;
  std::vector<Shape> shapes;
  std::int64_t batch;
  Value y, dx, dp;
};

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = {
#include "layers/pytorch_values.inc"
  };
  return all;
}

/// Weights that tell neighbours apart: value i times cos(i).
double weighted(const Numbers& values) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += std::cos(static_cast<double>(i)) * values[i];
  return sum;
}

void check(double got, const Value& want) { CHECK(std::abs(got - want.sum) <= 2e-5 * (want.size + 1e-3)); }

}  // namespace

TEST_SUITE("layers") {
  TEST_CASE("outputs and gradients are PyTorch's") {
    std::set<std::string_view> kinds;
    for (const Setting& s : settings()) {
      INFO(s.kind << " " << s.yaml);
      kinds.insert(s.kind);
      LayerRun run(s.kind, s.yaml, s.shapes, s.batch);
      draw_parameters(run);
      run.forward();
      run.backward();
      check(weighted(run.y), s.y);
      double dx = 0, dp = 0;
      for (const Numbers& gradient : run.dx) dx += weighted(gradient);
      check(dx, s.dx);
      for (std::size_t i = 0; i < run.arrays.size(); ++i)
        for (const real value : run.parameter_gradients[i]) dp += run.trains(i) ? value * value : real{0};
      check(dp, s.dp);
    }
    CHECK(kinds.size() >= 50);
  }
}

}  // namespace cnnctl::testing
