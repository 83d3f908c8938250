#include "kernels/matrix/linear.hpp"

#include <array>

#include "kernels/everywhere.hpp"
#include "kernels/matrix/panel_product.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("kernels") {
  using kernels::LinearGeometry;

  /// Of g.n rows of the batch from row `first` on, alone.
  Numbers outputs(const Workers& workers, const LinearGeometry& g, std::int64_t first, const Numbers& x,
                  const Numbers& w, const Numbers& bias) {
    Numbers panels(w.size()), y(static_cast<std::size_t>(g.n * g.out));
    kernels::linear_pack(workers, g, w.data(), panels.data());
    kernels::linear(workers, g, x.data() + first * g.in, panels.data(), bias.data(),
                    {kernels::Activation::Type::leaky_relu, real(0.5)}, y.data());
    return y;
  }

  TEST_CASE("linear: whole and broken panels, deep and shallow, are weighted sums; a row does not see the others") {
    for (const auto& [n, in, out] : {std::array<std::int64_t, 3>{1, 1, 1},
                                     {5, 3, 2},
                                     {33, 40, 32},
                                     {50, 784, 70},
                                     {3, 1024, 33},
                                     {14, 2500, 96}}) {
      CAPTURE(n);
      CAPTURE(in);
      CAPTURE(out);
      const Numbers x = random_numbers(n * in, 1), w = random_numbers(out * in, 2), bias = random_numbers(out, 3);
      std::vector<double> want;
      for (std::int64_t row = 0; row < n; ++row)
        for (std::int64_t column = 0; column < out; ++column) {
          double sum = bias[static_cast<std::size_t>(column)];
          for (std::int64_t k = 0; k < in; ++k)
            sum += double{x[static_cast<std::size_t>(row * in + k)]} * w[static_cast<std::size_t>(column * in + k)];
          want.push_back(sum < 0 ? sum / 2 : sum);
        }
      Numbers all;
      everywhere(
          [&](const Workers& workers) {
            return outputs(workers, {n, in, out}, 0, x, w, bias);
          },
          [&](const Numbers& y) {
            check_close(y, want, 300 * kEpsilon);
            if (all.empty()) all = y;
          });
      for (std::int64_t row = 0; row < n; ++row) {
        const auto at = all.begin() + row * out;
        CHECK(same_bits(outputs(Workers(1), {1, in, out}, row, x, w, bias), Numbers(at, at + out)));
      }
      const auto packing = [&](const Workers& workers) {
        Numbers scratch(static_cast<std::size_t>(workers.count() * kernels::kPackedValues)), y(all.size());
        kernels::linear_packing(workers, {n, in, out}, x.data(), w.data(), bias.data(),
                                {kernels::Activation::Type::leaky_relu, real(0.5)}, y.data(),
                                [&](int worker) { return scratch.data() + worker * kernels::kPackedValues; });
        return y;
      };
      CHECK(same_bits(packing(Workers(1)), all));
      everywhere(packing, [&](const Numbers& y) { check_close(y, want, 300 * kEpsilon); });
    }
  }

  TEST_CASE("linear: the weights' gradient in whole rows and in slices of them") {
    for (const LinearGeometry& g :
         {LinearGeometry{5, 3, 2}, {64, 400, 120}, {64, 120, 84}, {16, 700, 75}, {40, 1500, 33}}) {
      CAPTURE(g.in);
      const Numbers x = random_numbers(g.n * g.in, 1), dy = random_numbers(g.n * g.out, 2);
      std::vector<double> want;
      for (std::int64_t row = 0; row < g.out; ++row)
        for (std::int64_t column = 0; column < g.in; ++column) {
          double sum = 0;
          for (std::int64_t n = 0; n < g.n; ++n)
            sum +=
                double{dy[static_cast<std::size_t>(n * g.out + row)]} * x[static_cast<std::size_t>(n * g.in + column)];
          want.push_back(sum);
        }
      everywhere(
          [&](const Workers& workers) {
            Numbers dw(static_cast<std::size_t>(g.out * g.in));
            kernels::linear_weight_gradient(workers, g, x.data(), dy.data(), dw.data());
            return dw;
          },
          [&](const Numbers& dw) { check_close(dw, want, 300 * kEpsilon); });
    }
  }
}

}  // namespace
}  // namespace cnnctl::testing
