#include "layers/init.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "config/yaml.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("layers") {
  std::vector<real> drawn(const Init& init, std::size_t count = 100000, std::uint64_t seed = 1,
                          std::string_view name = "conv1.weight") {
    std::vector<real> values(count);
    initialise(init, seed, name, values);
    return values;
  }

  struct Moments {
    double mean = 0, deviation = 0, least = 1e9, most = -1e9;
  };

  Moments moments(const std::vector<real>& values) {
    Moments m;
    const double n = static_cast<double>(values.size());
    for (const double v : values) m.mean += v / n;
    for (const double v : values) m.deviation += (v - m.mean) * (v - m.mean) / n;
    m.deviation = std::sqrt(m.deviation);
    m.least = *std::min_element(values.begin(), values.end());
    m.most = *std::max_element(values.begin(), values.end());
    return m;
  }

  using Type = Init::Type;

  TEST_CASE("normal distributions have PyTorch's deviations") {
    const auto check = [](const Init& init, double mean, double deviation) {
      const Moments m = moments(drawn(init));
      CHECK(std::abs(m.mean - mean) < 0.02 * deviation);
      CHECK(m.deviation == doctest::Approx(deviation).epsilon(0.01));
      CHECK(m.most > mean + 3 * deviation);
    };
    check({.type = Type::normal, .mean = 2, .std = 0.5}, 2, 0.5);
    check({.type = Type::xavier_normal, .fan_in = 30, .fan_out = 20}, 0, std::sqrt(2.0 / 50));
    check({.type = Type::xavier_normal, .gain = 3, .fan_in = 30, .fan_out = 20}, 0, 3 * std::sqrt(2.0 / 50));
    check({.type = Type::kaiming_normal, .fan_in = 30}, 0, std::sqrt(2.0 / 30));
    check({.type = Type::kaiming_normal, .gain = 1, .fan_in = 30}, 0, std::sqrt(1.0 / 30));
  }

  TEST_CASE("uniform distributions have PyTorch's bounds, and reach them") {
    const auto check = [](const Init& init, double low, double high) {
      const Moments m = moments(drawn(init));
      const double width = high - low;
      CHECK(m.least >= low - 1e-6 * width);
      CHECK(m.most <= high + 1e-6 * width);
      CHECK(m.least < low + 0.001 * width);
      CHECK(m.most > high - 0.001 * width);
      CHECK(std::abs(m.mean - (low + high) / 2) < 0.01 * width);
      CHECK(m.deviation == doctest::Approx(width / std::sqrt(12.0)).epsilon(0.01));
    };
    check({.type = Type::standard, .fan_in = 25}, -0.2, 0.2);
    check({.type = Type::uniform, .low = 1, .high = 3}, 1, 3);
    check({.type = Type::xavier_uniform, .fan_in = 4, .fan_out = 2}, -1, 1);
    check({.type = Type::kaiming_uniform, .fan_in = 24}, -0.5, 0.5);
  }

  TEST_CASE("constants are constant") {
    CHECK(drawn({.type = Type::zeros}, 3) == std::vector<real>{0, 0, 0});
    CHECK(drawn({.type = Type::ones}, 2) == std::vector<real>{1, 1});
    CHECK(drawn({.type = Type::constant, .value = -0.5}, 2) == std::vector<real>{-0.5, -0.5});
  }

  TEST_CASE("values depend on the seed and on the parameter's name, and on nothing else") {
    const Init init{.type = Type::normal};
    const std::vector<real> values = drawn(init, 1000);
    CHECK(values == drawn(init, 1000));
    CHECK(values != drawn(init, 1000, 2));
    CHECK(values != drawn(init, 1000, 1, "conv2.weight"));
    std::vector<real> longer = drawn(init, 2000);
    longer.resize(1000);
    CHECK(values == longer);
  }

  TEST_CASE("an init is a word or a map") {
    const auto read = [](const std::string& yaml) {
      Init init;
      Diagnostics diagnostics;
      read_fields(init, parse_yaml(yaml, "test.yaml", diagnostics), "init", diagnostics);
      diagnostics.throw_if_errors();
      return init;
    };
    CHECK(read("kaiming_normal").type == Type::kaiming_normal);
    const Init normal = read("{type: normal, mean: 1, std: 0.25}");
    CHECK(normal.type == Type::normal);
    CHECK(normal.mean == 1);
    CHECK(normal.std == 0.25);
    CHECK_THROWS_AS(read("{type: uniform, low: 1, high: 0}"), ConfigError);
    CHECK_THROWS_AS(read("gaussian"), ConfigError);
    CHECK_THROWS_AS(read("{std: 1}"), ConfigError);
  }
}

}  // namespace
}  // namespace cnnctl::testing
