#include "kernels/pointwise/activation.hpp"

#include "kernels/everywhere.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("kernels") {
  using kernels::Activation;
  using Type = Activation::Type;

  double value(Activation act, double x) {
    switch (act.type) {
      case Type::none:
        return x;
      case Type::relu:
        return x > 0 ? x : 0;
      case Type::leaky_relu:
        return x > 0 ? x : double{act.slope} * x;
      case Type::elu:
        return x > 0 ? x : double{act.slope} * std::expm1(x);
      case Type::sigmoid:
        return 1 / (1 + std::exp(-x));
      case Type::tanh:
        return std::tanh(x);
    }
    return x;
  }

  double slope(Activation act, double x) {
    switch (act.type) {
      case Type::none:
        return 1;
      case Type::relu:
        return x > 0 ? 1 : 0;
      case Type::leaky_relu:
        return x > 0 ? 1 : double{act.slope};
      case Type::elu:
        return x > 0 ? 1 : double{act.slope} * std::exp(x);
      case Type::sigmoid:
        return value(act, x) * (1 - value(act, x));
      case Type::tanh:
        return 1 - std::tanh(x) * std::tanh(x);
    }
    return 1;
  }

  const Activation kActivations[] = {
      {Type::none},    {Type::relu}, {Type::leaky_relu, real(0.01)}, {Type::elu, real(0.5)}, {Type::elu, real(1)},
      {Type::sigmoid}, {Type::tanh}};

  TEST_CASE("activations and their gradients are those of the formulas, for any length") {
    for (const Activation act : kActivations) {
      CAPTURE(static_cast<int>(act.type));
      for (const std::int64_t count : {1, 3, 15, 16, 17, 33, 50001}) {
        CAPTURE(count);
        const Numbers x = random_numbers(count, 1, -6, 6), dy = random_numbers(count, 2);
        std::vector<double> y_want, dx_want, sum_want;
        for (std::size_t i = 0; i < x.size(); ++i) {
          y_want.push_back(value(act, x[i]));
          dx_want.push_back(dy[i] * slope(act, x[i]));
          sum_want.push_back(1 + dx_want.back());
        }
        const auto forward = [&](const Workers& workers) {
          Numbers y(x.size());
          kernels::activate(workers, act, count, x.data(), y.data());
          return y;
        };
        everywhere(forward, [&](const Numbers& y) { check_close(y, y_want, 3 * kEpsilon); });
        const Numbers y = forward(Workers(1));
        for (const bool accumulate : {false, true}) {
          const auto backward = [&](const Workers& workers) {
            Numbers dx(x.size(), 1);
            kernels::activate_grad(workers, act, count, y.data(), dy.data(), dx.data(), accumulate);
            return dx;
          };
          everywhere(backward,
                     [&](const Numbers& dx) { check_close(dx, accumulate ? sum_want : dx_want, 8 * kEpsilon); });
        }
      }
    }
  }

  TEST_CASE("activations work in place") {
    const Workers workers(1);
    for (const Activation act : kActivations) {
      Numbers x = random_numbers(1000, 3), y(1000);
      kernels::activate(workers, act, 1000, x.data(), y.data());
      kernels::activate(workers, act, 1000, x.data(), x.data());
      CHECK(same_bits(x, y));
    }
  }

  TEST_CASE("relative errors of the exponential family stay within 3 units in the last place") {
    const Numbers x = random_numbers(200000, 4, -80, 0);
    Numbers small = random_numbers(200000, 5, -1, 1);
    for (real& v : small) v = v * v * v * v * v * v * v;  // down to 1e-30
    for (const Numbers& arguments : {x, small}) {
      for (const Activation act : {Activation{Type::elu, 1}, Activation{Type::sigmoid}, Activation{Type::tanh}}) {
        Numbers y(arguments.size());
        kernels::activate(Workers(1), act, static_cast<std::int64_t>(y.size()), arguments.data(), y.data());
        double worst = 0;
        for (std::size_t i = 0; i < y.size(); ++i) {
          const double want = value(act, arguments[i]);
          if (want != 0) worst = std::max(worst, std::abs(y[i] / want - 1));
        }
        CAPTURE(static_cast<int>(act.type));
        CHECK(worst < 3 * kEpsilon);
      }
    }
  }

  TEST_CASE("activations saturate, and NaN stays NaN") {
    const real inf = std::numeric_limits<real>::infinity(), nan = std::numeric_limits<real>::quiet_NaN();
    const Numbers x = {inf, -inf, real(1e30), real(-1e30), nan, 0};
    const auto of = [&](Activation act) {
      Numbers y(x.size());
      kernels::activate_range(act, 6, x.data(), y.data());
      CHECK(std::isnan(y[4]));
      y[4] = 0;
      return y;
    };
    const real big = real(1e30);
    CHECK(of({Type::relu}) == Numbers{inf, 0, big, 0, 0, 0});
    CHECK(of({Type::elu, 2}) == Numbers{inf, -2, big, -2, 0, 0});
    CHECK(of({Type::sigmoid}) == Numbers{1, 0, 1, 0, 0, real(0.5)});
    CHECK(of({Type::tanh}) == Numbers{1, -1, 1, -1, 0, 0});
  }
}

}  // namespace
}  // namespace cnnctl::testing
