#include "kernels/pointwise/softmax.hpp"

#include "kernels/everywhere.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("kernels") {
  TEST_CASE("softmax and its gradient are those of the formula") {
    for (const std::int64_t columns : {1, 2, 10, 16, 17, 33, 1000}) {
      for (const std::int64_t rows : {1, 7, 300}) {
        CAPTURE(columns);
        const Numbers x = random_numbers(rows * columns, 1, -20, 20), dy = random_numbers(rows * columns, 2);
        std::vector<double> want, dx;
        for (std::int64_t r = 0; r < rows; ++r) {
          const auto at = static_cast<std::size_t>(r * columns);
          double sum = 0, dot = 0;
          for (std::size_t c = at; c < at + static_cast<std::size_t>(columns); ++c) sum += std::exp(double{x[c]});
          for (std::size_t c = at; c < at + static_cast<std::size_t>(columns); ++c) {
            want.push_back(std::exp(double{x[c]}) / sum);
            dot += want[c] * dy[c];
          }
          for (std::size_t c = at; c < at + static_cast<std::size_t>(columns); ++c)
            dx.push_back(1 + want[c] * (dy[c] - dot));
        }
        want.insert(want.end(), dx.begin(), dx.end());
        everywhere(
            [&](const Workers& workers) {
              Numbers y(x.size()), grad(x.size(), 1);
              kernels::softmax(workers, rows, columns, x.data(), y.data());
              kernels::softmax_grad(workers, rows, columns, y.data(), dy.data(), grad.data(), true);
              y.insert(y.end(), grad.begin(), grad.end());
              return y;
            },
            [&](const Numbers& got) { check_close(got, want, 20 * kEpsilon); });
      }
    }
  }

  TEST_CASE("softmax holds out against large and missing numbers") {
    const real inf = std::numeric_limits<real>::infinity();
    Numbers x = {10000, 9999, -10000, -inf};
    kernels::softmax(Workers(1), 1, 4, x.data(), x.data());
    CHECK(x[0] == doctest::Approx(0.7310586));
    CHECK(x[1] == doctest::Approx(0.2689414));
    CHECK(x[2] == 0);
    CHECK(x[3] == 0);
    x = {0, std::numeric_limits<real>::quiet_NaN(), 0, 0};
    kernels::softmax(Workers(1), 1, 4, x.data(), x.data());
    for (const real v : x) CHECK(std::isnan(v));
  }
}

}  // namespace
}  // namespace cnnctl::testing
