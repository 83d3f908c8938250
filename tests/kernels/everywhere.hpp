// For the tests of kernels: numbers to compute with, and the demand that results do not depend on who computes them.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "base/workers.hpp"
#include "numbers.hpp"
#include "vector_bits.hpp"

namespace cnnctl::testing {

/// The unit of rounding errors. The references are naive sums in double and no better than a few hundred units of that.
constexpr double kEpsilon = std::max<double>(std::numeric_limits<real>::epsilon(), 1e-13);

/// |got - want| <= tolerance * (1 + |want|) for every number; reports the first that is not.
inline void check_close(const Numbers& got, const std::vector<double>& want, double tolerance) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::abs(got[i] - want[i]) <= tolerance * (1 + std::abs(want[i]))) continue;
    INFO("number ", i, " of ", got.size());
    CHECK(got[i] == doctest::Approx(want[i]).epsilon(tolerance));
    return;
  }
}

/// Calls compute(workers) -> Numbers with 1, 2, 3 and 8 workers of both back-ends and with narrower registers, checks
/// that all results are the same bits, and hands one to check(result); the result of plain C++, which rounds
/// differently, goes to `check` as well.
template <class Compute, class Check>
void everywhere(const Compute& compute, const Check& check) {
  const Workers one(1);
  const Numbers result = compute(one);
  check(result);
  for (const int count : {2, 3, 8}) {
    for (const Workers::Backend backend : {Workers::Backend::tbb, Workers::Backend::threads}) {
      const Workers workers(count, backend);
      INFO(count, " workers");
      CHECK(same_bits(compute(workers), result));
    }
  }
  kernels::limit_vector_bits(256);
  CHECK_MESSAGE(same_bits(compute(one), result), "256-bit registers");
  kernels::limit_vector_bits(128);
  check(compute(one));
  kernels::limit_vector_bits(vector_bits());
}

}  // namespace cnnctl::testing
