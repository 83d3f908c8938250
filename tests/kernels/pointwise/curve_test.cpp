#include "kernels/pointwise/curve.hpp"

#include <string>

#include "kernels/everywhere.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("kernels") {
  using kernels::Curve;
  using Type = Curve::Type;

  double phi(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }
  double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
  double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
  double hard_sigmoid(double x) { return std::min(std::max(x + 3, 0.0), 6.0) / 6; }

  struct Example {
    const char* name;
    Curve curve;
    double (*value)(double);
    std::vector<double> kinks = {};
  };

  /// From PyTorch's documentation.
  const std::vector<Example> kExamples = {
      {"relu6", {Type::clamp, 0, 6}, [](double x) { return std::min(std::max(x, 0.0), 6.0); }, {0, 6}},
      {"hard_sigmoid", {Type::hard_sigmoid}, hard_sigmoid, {-3, 3}},
      {"hard_swish", {Type::hard_swish}, [](double x) { return x * hard_sigmoid(x); }, {-3, 3}},
      {"silu", {Type::silu}, [](double x) { return x * sigmoid(x); }},
      {"mish", {Type::mish}, [](double x) { return x * std::tanh(softplus(x)); }},
      {"gelu", {Type::gelu}, [](double x) { return x * phi(x); }},
      {"gelu_tanh",
       {Type::gelu_tanh},
       [](double x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }},
      {"softplus",
       {Type::softplus, real(2), real(20)},
       [](double x) { return 2 * x > 20 ? x : softplus(2 * x) / 2; },
       {10}},
      {"softsign", {Type::softsign}, [](double x) { return x / (1 + std::abs(x)); }, {0}},
      {"scaled_elu",
       {Type::scaled_elu, real(1.25), real(1.5)},
       [](double x) { return x > 0 ? 1.25 * x : 1.875 * std::expm1(x); },
       {0}},
      {"celu", {Type::celu, real(0.5)}, [](double x) { return x > 0 ? x : 0.5 * std::expm1(2 * x); }, {0}},
  };

  TEST_CASE("curves and their gradients are those of the formulas, for any length") {
    for (const Example& e : kExamples) {
      CAPTURE(std::string(e.name));
      for (const std::int64_t count : {1, 3, 16, 33, 50001}) {
        CAPTURE(count);
        const Numbers x = random_numbers(count, 1, -12, 12), dy = random_numbers(count, 2);
        std::vector<double> y_want, dx_want, sum_want;
        for (std::size_t i = 0; i < x.size(); ++i) {
          const double at = static_cast<double>(x[i]), h = 1e-4;
          y_want.push_back(e.value(at));
          const bool on_kink =
              std::any_of(e.kinks.begin(), e.kinks.end(), [&](double kink) { return std::abs(at - kink) < 2 * h; });
          // Central differences of fourth order.
          const double slope =
              (8 * (e.value(at + h) - e.value(at - h)) - (e.value(at + 2 * h) - e.value(at - 2 * h))) / (12 * h);
          dx_want.push_back(on_kink ? std::nan("") : static_cast<double>(dy[i]) * slope);
          sum_want.push_back(1 + dx_want.back());
        }
        const auto check_slopes = [&](Numbers got, const std::vector<double>& want) {
          std::vector<double> there = want;
          for (std::size_t i = 0; i < want.size(); ++i)
            if (std::isnan(want[i])) got[i] = 0, there[i] = 0;
          check_close(got, there, std::max(16 * kEpsilon, 1e-10));
        };
        const auto forward = [&](const Workers& workers) {
          Numbers y(x.size());
          kernels::curve(workers, e.curve, count, x.data(), y.data());
          return y;
        };
        everywhere(forward, [&](const Numbers& y) { check_close(y, y_want, 3 * kEpsilon); });
        for (const bool accumulate : {false, true}) {
          const auto backward = [&](const Workers& workers) {
            Numbers dx(x.size(), real(1));
            kernels::curve_grad(workers, e.curve, count, x.data(), dy.data(), dx.data(), accumulate);
            return dx;
          };
          everywhere(backward, [&](const Numbers& dx) { check_slopes(dx, accumulate ? sum_want : dx_want); });
        }
        Numbers in_place = x;
        kernels::curve(Workers(1), e.curve, count, in_place.data(), in_place.data());
        CHECK(same_bits(in_place, forward(Workers(1))));
      }
    }
  }

  TEST_CASE("curves of far, infinite and missing numbers") {
    constexpr real kInfinity = std::numeric_limits<real>::infinity(), kNan = std::numeric_limits<real>::quiet_NaN();
    for (const Example& e : kExamples) {
      CAPTURE(std::string(e.name));
      const auto at = [&](real x) {
        real y = 0;
        kernels::curve(Workers(1), e.curve, 1, &x, &y);
        return static_cast<double>(y);
      };
      const auto slope_at = [&](real x) {
        const real one = 1;
        real dx = 0;
        kernels::curve_grad(Workers(1), e.curve, 1, &x, &one, &dx, false);
        return static_cast<double>(dx);
      };
      CHECK(std::isnan(at(kNan)));
      const bool is_cut = e.curve.type == Type::clamp || e.curve.type == Type::hard_sigmoid;
      for (const real x : {real(100), real(1000), real(1e4), real(-100), real(-1000), real(-1e4)}) {
        CAPTURE(x);
        CHECK(at(x) == doctest::Approx(e.value(static_cast<double>(x))).epsilon(10 * kEpsilon));
        CHECK(std::isfinite(slope_at(x)));
      }
      CHECK((is_cut || e.curve.type == Type::softsign || at(kInfinity) == static_cast<double>(kInfinity)));
    }
  }

  TEST_CASE("the normal distribution keeps its digits far below zero") {
    for (double x = -12; x <= 12; x += 0.03125) {
      CAPTURE(x);
      if (x == 0) continue;
      real y = 0;
      const auto at = static_cast<real>(x);
      kernels::curve(Workers(1), {Type::gelu}, 1, &at, &y);
      // Of float's e^(-x^2/2) as many digits are lost as x^2/2 has before the point.
      CHECK(static_cast<double>(y) == doctest::Approx(x * phi(x)).epsilon((10 + x * x) * kEpsilon).scale(0));
    }
  }
}

}  // namespace
}  // namespace cnnctl::testing
