#include "kernels/pointwise/dropout.hpp"

#include "kernels/everywhere.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("kernels") {
  using kernels::DropoutKey;

  Numbers dropped(const Workers& workers, const DropoutKey& key, double p, std::int64_t count) {
    const Numbers x(static_cast<std::size_t>(count), 1);
    Numbers y(x.size());
    kernels::dropout(workers, key, p, 0, count, x.data(), y.data(), false);
    return y;
  }

  /// Share of positions at which the two agree on dropping.
  double agreement(const Numbers& a, const Numbers& b) {
    double same = 0;
    for (std::size_t i = 0; i < a.size(); ++i) same += (a[i] == 0) == (b[i] == 0) ? 1 : 0;
    return same / static_cast<double>(a.size());
  }

  TEST_CASE("dropout zeroes the stated share and scales the rest") {
    const std::int64_t count = 200000;
    for (const double p : {0.1, 0.5, 0.9}) {
      everywhere(
          [&](const Workers& workers) {
            return dropped(workers, {1, 2, 3}, p, count);
          },
          [&](const Numbers& y) {
            double zeros = 0;
            for (const real v : y) {
              zeros += v == 0 ? 1 : 0;
              if (v != 0) REQUIRE(v == static_cast<real>(1 / (1 - p)));
            }
            // Five standard deviations.
            CHECK(std::abs(zeros / count - p) < 5 * std::sqrt(p * (1 - p) / count));
          });
    }
  }

  TEST_CASE("masks of different seeds, steps and layers are independent, and a key always gives the same") {
    const Workers workers(2);
    const std::int64_t count = 100000;
    const Numbers first = dropped(workers, {1, 2, 3}, 0.5, count);
    CHECK(same_bits(first, dropped(workers, {1, 2, 3}, 0.5, count)));
    for (const DropoutKey& other : {DropoutKey{2, 2, 3}, DropoutKey{1, 3, 3}, DropoutKey{1, 2, 4}})
      CHECK(std::abs(agreement(first, dropped(workers, other, 0.5, count)) - 0.5) < 0.01);
    Numbers shifted(first.begin() + 1, first.end());
    shifted.push_back(1);
    CHECK(std::abs(agreement(first, shifted) - 0.5) < 0.01);
  }

  TEST_CASE("an element's fate does not depend on how many follow it") {
    const Workers workers(1);
    const Numbers many = dropped(workers, {7, 0, 0}, 0.3, 1000);
    for (const std::int64_t count : {1, 63, 65, 999}) {
      const Numbers few = dropped(workers, {7, 0, 0}, 0.3, count);
      CHECK(same_bits(few, Numbers(many.begin(), many.begin() + count)));
    }
  }

  TEST_CASE("dropout adds when asked, and works in place") {
    const Workers workers(1);
    const Numbers x = random_numbers(500, 1);
    Numbers y(500), sum(500, 1), place = x;
    kernels::dropout(workers, {1, 1, 1}, 0.25, 0, 500, x.data(), y.data(), false);
    kernels::dropout(workers, {1, 1, 1}, 0.25, 0, 500, x.data(), sum.data(), true);
    kernels::dropout(workers, {1, 1, 1}, 0.25, 0, 500, place.data(), place.data(), false);
    CHECK(same_bits(y, place));
    for (std::size_t i = 0; i < y.size(); ++i) CHECK(sum[i] == y[i] + 1);
  }
}

}  // namespace
}  // namespace cnnctl::testing
