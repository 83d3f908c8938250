// Arrays of numbers to compute with.
#pragma once

#include <cstdint>
#include <cstring>
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

inline bool same_bits(const Numbers& a, const Numbers& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(real)) == 0;
}

}  // namespace cnnctl::testing
