#include "kernels/pointwise/reduce.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/rng.hpp"
#include "kernels/pointwise/softmax_row.hpp"

namespace cnnctl::kernels {
namespace {

std::vector<real> random_values(std::int64_t count) {
  Rng rng(11, Purpose::synthetic);
  std::vector<real> values(static_cast<std::size_t>(count));
  for (real& value : values) value = static_cast<real>(rng.normal());
  return values;
}

}  // namespace

TEST_SUITE("kernels") {
  TEST_CASE("sum_of_squares: the sum, and the same bits for any number of workers") {
    const Workers one(1);
    CHECK(sum_of_squares(one, 0, nullptr) == 0);
    for (const std::int64_t count : {1, 15, 16, 17, 16'384, 16'385, 300'001, 1'200'003}) {
      CAPTURE(count);
      const std::vector<real> x = random_values(count);
      double expected = 0;
      for (const real value : x) expected += static_cast<double>(value) * static_cast<double>(value);
      const double sum = sum_of_squares(one, count, x.data());
      CHECK(sum == doctest::Approx(expected).epsilon(1e-11));
      for (const int workers : {2, 3, 8}) CHECK(sum_of_squares(Workers(workers), count, x.data()) == sum);
    }
  }

  TEST_CASE("first_nonfinite: finds the first of several, and nothing in finite numbers however large") {
    const Workers workers(3);
    std::vector<real> x = random_values(200'003);
    x[7] = std::numeric_limits<real>::max();
    x[8] = -std::numeric_limits<real>::max();
    CHECK(first_nonfinite(workers, 200'003, x.data()) == -1);
    for (const std::int64_t at : {200'002, 150'000, 16'384, 16'383, 0}) {
      x[static_cast<std::size_t>(at)] =
          at % 2 == 0 ? std::numeric_limits<real>::quiet_NaN() : -std::numeric_limits<real>::infinity();
      CHECK(first_nonfinite(workers, 200'003, x.data()) == at);
    }
    CHECK(std::isnan(sum_of_squares(workers, 200'003, x.data())));
  }

  TEST_CASE("row_exponentials: against plain exponentials, in place and not, over blocks") {
    for (const std::int64_t count : {1, 2, 10, 255, 256, 257, 1000}) {
      CAPTURE(count);
      const std::vector<real> z = random_values(count);
      std::vector<real> terms(z.size()), same = z;
      const RowExponentials row = row_exponentials(count, z.data(), terms.data());
      CHECK(row_exponentials(count, z.data(), nullptr).sum == row.sum);
      CHECK(row_exponentials(count, same.data(), same.data()).sum == row.sum);
      CHECK(same == terms);
      double sum = 0;
      for (std::size_t i = 0; i < z.size(); ++i) {
        const double expected = std::exp(static_cast<double>(z[i]) - row.max);
        CHECK(static_cast<double>(terms[i]) == doctest::Approx(expected).epsilon(1e-6));
        sum += expected;
      }
      CHECK(row.sum == doctest::Approx(sum).epsilon(1e-6));
    }
  }
}
}  // namespace cnnctl::kernels
