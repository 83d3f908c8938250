// Counter-based random numbers: every number is a pure function of (seed, purpose, two stream numbers, position).
// Nothing random is ever stored, so resuming needs only counters, and it does not matter which thread draws.
// Method: Philox4x32-10, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace cnnctl {

/// What the numbers are for; two purposes never share a stream.
enum class Purpose : std::uint32_t {
  init = 1,
  split = 2,
  shuffle = 3,
  augment = 4,
  dropout = 5,
  synthetic = 6,
  branch = 7,
  mix = 8
};

/// One Philox4x32-10 block: 128 bits from a 128-bit counter and a 64-bit key.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::uint64_t key);

/// A stream of numbers. Streams differ by (seed, purpose, a, b): a is for example an epoch or a step (32 bits are
/// used), b a sample, a layer or the hash of a name (32 bits are used).
class Rng {
 public:
  Rng(std::uint64_t seed, Purpose purpose, std::uint64_t a = 0, std::uint64_t b = 0);

  std::uint32_t next();
  /// Uniform in [0, 1), a multiple of 2^-24.
  float uniform();
  /// Uniform in [low, high).
  float uniform(float low, float high);
  /// Uniform integer in [0, bound), without bias; bound > 0.
  std::uint32_t below(std::uint32_t bound);
  /// Standard normal (Box-Muller).
  float normal();

 private:
  std::uint64_t key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

/// The numbers 0 .. count-1 in random order (Fisher-Yates), a pure function of the arguments.
std::vector<std::uint32_t> permutation(std::uint32_t count, std::uint64_t seed, Purpose purpose, std::uint64_t a = 0,
                                       std::uint64_t b = 0);

}  // namespace cnnctl
