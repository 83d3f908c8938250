#include "base/rng.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace cnnctl {
namespace {

using Block = std::array<std::uint32_t, 4>;

/// Sum of (observed - expected)^2 / expected: for k classes about k - 1, with a spread of sqrt(2 (k - 1)).
double chi_square(const std::vector<int>& observed, double expected) {
  double sum = 0;
  for (const int count : observed) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

/// Five standard deviations above what chance gives.
double chi_square_limit(std::size_t classes) {
  const auto freedom = static_cast<double>(classes - 1);
  return freedom + 5 * std::sqrt(2 * freedom);
}

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("rng: Philox4x32-10 gives the known answers of its authors") {
    constexpr std::uint32_t kOnes = 0xffffffffu;
    CHECK(philox({0, 0, 0, 0}, 0) == Block{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});
    CHECK(philox({kOnes, kOnes, kOnes, kOnes}, ~std::uint64_t{0}) ==
          Block{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu});
    CHECK(philox({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, 0x299f31d0a4093822u) ==
          Block{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u});
  }

  TEST_CASE("rng: a stream is a function of seed, purpose and both stream numbers, and of nothing else") {
    const auto first = [](std::uint64_t seed, Purpose purpose, std::uint64_t a, std::uint64_t b) {
      Rng rng(seed, purpose, a, b);
      return std::pair(rng.next(), rng.next());
    };
    CHECK(first(7, Purpose::shuffle, 3, 4) == first(7, Purpose::shuffle, 3, 4));
    std::set<std::pair<std::uint32_t, std::uint32_t>> streams;
    for (std::uint64_t seed : {0, 1, 2})
      for (const Purpose purpose :
           {Purpose::init, Purpose::split, Purpose::shuffle, Purpose::augment, Purpose::dropout, Purpose::synthetic})
        for (std::uint64_t a : {0, 1, 1000})
          for (std::uint64_t b : {0, 1, 1000}) streams.insert(first(seed, purpose, a, b));
    CHECK(streams.size() == 3 * 6 * 3 * 3);
  }

  TEST_CASE("rng: the numbers are those of every version: a change would break saved runs") {
    Rng rng(42, Purpose::init, 1, 2);
    CHECK(rng.next() == 0x557d9727u);
    CHECK(rng.next() == 0xee789563u);
    CHECK(permutation(8, 42, Purpose::shuffle, 1) == std::vector<std::uint32_t>{3, 1, 5, 2, 7, 0, 6, 4});
  }

  TEST_CASE("rng: uniform numbers lie in [0, 1), are multiples of 2^-24 and fill the classes evenly") {
    Rng rng(1, Purpose::init);
    constexpr int kClasses = 256, kDraws = 256 * 400;
    std::vector<int> observed(kClasses);
    for (int i = 0; i < kDraws; ++i) {
      const float u = rng.uniform();
      REQUIRE(u >= 0.0f);
      REQUIRE(u < 1.0f);
      REQUIRE(u * 0x1p24f == std::floor(u * 0x1p24f));
      ++observed[static_cast<std::size_t>(u * kClasses)];
    }
    CHECK(chi_square(observed, 400) < chi_square_limit(kClasses));
  }

  TEST_CASE("rng: a uniform number between two bounds stays there") {
    Rng rng(1, Purpose::augment);
    float least = 1e9f, largest = -1e9f;
    for (int i = 0; i < 10000; ++i) {
      const float u = rng.uniform(-3.0f, 5.0f);
      least = std::min(least, u);
      largest = std::max(largest, u);
    }
    CHECK(least >= -3.0f);
    CHECK(least < -2.98f);
    CHECK(largest < 5.0f);
    CHECK(largest > 4.98f);
  }

  TEST_CASE("rng: bounded integers are even, also for bounds that do not divide 2^32") {
    for (const std::uint32_t bound : {1u, 2u, 3u, 7u, 100u}) {
      Rng rng(5, Purpose::shuffle, bound);
      std::vector<int> observed(bound);
      for (std::uint32_t i = 0; i < bound * 1000; ++i) ++observed.at(rng.below(bound));
      if (bound > 1) CHECK(chi_square(observed, 1000) < chi_square_limit(bound));
    }
    // With this bound a plain multiplication would give the lower third twice the chance of the rest.
    constexpr std::uint32_t kBound = 3u << 30;
    Rng rng(6, Purpose::shuffle);
    std::vector<int> thirds(3);
    for (int i = 0; i < 30000; ++i) ++thirds.at(rng.below(kBound) >> 30);
    CHECK(chi_square(thirds, 10000) < chi_square_limit(3));
  }

  TEST_CASE("rng: normal numbers have mean 0, variance 1, the right tails, and are finite") {
    Rng rng(3, Purpose::init);
    constexpr int kDraws = 200000;
    double sum = 0, squares = 0;
    int beyond_two = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double x = rng.normal();
      REQUIRE(std::isfinite(x));
      sum += x;
      squares += x * x;
      beyond_two += std::abs(x) > 2;
    }
    CHECK(std::abs(sum / kDraws) < 0.012);
    CHECK(std::abs(squares / kDraws - 1) < 0.016);
    CHECK(std::abs(beyond_two / static_cast<double>(kDraws) - 0.0455) < 0.0024);
  }

  TEST_CASE("rng: a permutation holds every number once, and differs from epoch to epoch") {
    for (const std::uint32_t count : {0u, 1u, 2u, 1000u}) {
      std::vector<std::uint32_t> order = permutation(count, 9, Purpose::shuffle);
      std::sort(order.begin(), order.end());
      REQUIRE(order.size() == count);
      for (std::uint32_t i = 0; i < count; ++i) CHECK(order[i] == i);
    }
    CHECK(permutation(100, 9, Purpose::shuffle, 0) == permutation(100, 9, Purpose::shuffle, 0));
    CHECK(permutation(100, 9, Purpose::shuffle, 0) != permutation(100, 9, Purpose::shuffle, 1));
    CHECK(permutation(100, 9, Purpose::shuffle, 0) != permutation(100, 10, Purpose::shuffle, 0));
    CHECK(permutation(100, 9, Purpose::shuffle, 0) != permutation(100, 9, Purpose::split, 0));
  }

  TEST_CASE("rng: all orders of four are equally likely") {
    std::map<std::vector<std::uint32_t>, int> seen;
    constexpr int kDraws = 24 * 500;
    for (int epoch = 0; epoch < kDraws; ++epoch)
      ++seen[permutation(4, 11, Purpose::shuffle, static_cast<std::uint64_t>(epoch))];
    REQUIRE(seen.size() == 24);
    std::vector<int> observed;
    for (const auto& [order, count] : seen) observed.push_back(count);
    CHECK(chi_square(observed, 500) < chi_square_limit(24));
  }
}
}  // namespace cnnctl
