// Arrays of numbers to compute with, and to compare.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "tensor/shape.hpp"

namespace cnnctl::testing {

using Numbers = std::vector<real>;

/// Uniform in [low, high), a pure function of the arguments.
inline Numbers random_numbers(std::int64_t count, std::uint64_t seed, float low = -1, float high = 1) {
  Rng rng(seed, Purpose::synthetic);
  Numbers numbers(static_cast<std::size_t>(count));
  for (real& number : numbers) number = rng.uniform(low, high);
  return numbers;
}

/// Whether two arrays agree, and if not, where they first differ: what a failing CHECK prints.
struct Agreement {
  std::string difference;  // empty: they agree

  explicit operator bool() const { return difference.empty(); }
};
inline std::ostream& operator<<(std::ostream& out, const Agreement& a) {
  return out << (a ? std::string("agreement") : a.difference);
}

/// "position 17 of 24: 0.5 instead of 0.25"; empty if `agree(got, want)` holds everywhere.
template <class Agree>
Agreement agreement(const Numbers& got, const Numbers& want, const Agree& agree) {
  std::ostringstream text;
  text.precision(sizeof(real) == 8 ? 17 : 9);
  if (got.size() != want.size()) {
    text << got.size() << " values instead of " << want.size();
    return {text.str()};
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (agree(got[i], want[i])) continue;
    text << "position " << i << " of " << got.size() << ": " << got[i] << " instead of " << want[i];
    return {text.str()};
  }
  return {};
}

inline Agreement same_bits(const Numbers& got, const Numbers& want) {
  if (got.size() == want.size() && std::memcmp(got.data(), want.data(), got.size() * sizeof(real)) == 0) return {};
  return agreement(got, want, [](real a, real b) { return std::memcmp(&a, &b, sizeof a) == 0; });
}

/// Up to `tolerance`, in parts of one and of the largest number wanted. NaN is close to nothing.
inline Agreement close(const Numbers& got, const Numbers& want, double tolerance) {
  double scale = 1;
  for (const real value : want) scale = std::max(scale, std::abs(double{value}));
  return agreement(got, want, [&](real a, real b) { return std::abs(double{a} - double{b}) <= tolerance * scale; });
}

}  // namespace cnnctl::testing
