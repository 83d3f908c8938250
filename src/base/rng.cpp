#include "base/rng.hpp"

#include <cmath>
#include <numbers>
#include <utility>

namespace cnnctl {
namespace {

/// SplitMix64's finaliser: spreads a user's small seed over all 64 bits of the key.
std::uint64_t mix(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::uint64_t key) {
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ k0, static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return counter;
}

Rng::Rng(std::uint64_t seed, Purpose purpose, std::uint64_t a, std::uint64_t b)
    : key_(mix(seed)),
      counter_{0, static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b)} {}

std::uint32_t Rng::next() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[static_cast<std::size_t>(used_++)];
}

float Rng::uniform() { return static_cast<float>(next() >> 8) * 0x1p-24f; }

float Rng::uniform(float low, float high) { return low + (high - low) * uniform(); }

std::uint32_t Rng::below(std::uint32_t bound) {
  // Lemire, "Fast random integer generation in an interval", 2019: multiply, reject the few that would bias.
  std::uint64_t product = std::uint64_t{next()} * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t threshold = (0u - bound) % bound;
    while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{next()} * bound;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

float Rng::normal() {
  const double u = (static_cast<double>(next()) + 1.0) * 0x1p-32;  // in (0, 1]: the logarithm stays finite
  const double v = static_cast<double>(next()) * 0x1p-32;
  return static_cast<float>(std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v));
}

std::vector<std::uint32_t> permutation(std::uint32_t count, std::uint64_t seed, Purpose purpose, std::uint64_t a,
                                       std::uint64_t b) {
  std::vector<std::uint32_t> order(count);
  for (std::uint32_t i = 0; i < count; ++i) order[i] = i;
  Rng rng(seed, purpose, a, b);
  for (std::uint32_t i = count; i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  return order;
}

}  // namespace cnnctl
