#include "kernels/pointwise/dropout.hpp"

#include "base/rng.hpp"
#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/dropout.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

constexpr int kBlocks = 64;  // Philox blocks computed side by side: 256 numbers

/// 256 random words: word 64 * w + lane is word w of philox({64 * group + lane, 0, 0}, key). Plain loops over lanes:
/// the compiler vectorises them for each instruction set.
void philox_group(std::uint64_t group, std::uint64_t key, std::uint32_t* words) {
  std::uint32_t c0[kBlocks], c1[kBlocks], c2[kBlocks], c3[kBlocks];
  for (int lane = 0; lane < kBlocks; ++lane) {
    const std::uint64_t block = group * kBlocks + static_cast<std::uint64_t>(lane);
    c0[lane] = static_cast<std::uint32_t>(block);
    c1[lane] = static_cast<std::uint32_t>(block >> 32);
    c2[lane] = c3[lane] = 0;
  }
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
    for (int lane = 0; lane < kBlocks; ++lane) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c0[lane], p1 = std::uint64_t{0xCD9E8D57u} * c2[lane];
      c0[lane] = static_cast<std::uint32_t>(p1 >> 32) ^ c1[lane] ^ k0;
      c1[lane] = static_cast<std::uint32_t>(p1);
      c2[lane] = static_cast<std::uint32_t>(p0 >> 32) ^ c3[lane] ^ k1;
      c3[lane] = static_cast<std::uint32_t>(p0);
    }
  }
  for (int lane = 0; lane < kBlocks; ++lane) {
    words[lane] = c0[lane];
    words[kBlocks + lane] = c1[lane];
    words[2 * kBlocks + lane] = c2[lane];
    words[3 * kBlocks + lane] = c3[lane];
  }
}

/// Elements [first, first + count), which x and y begin with.
void drop(std::uint64_t key, std::uint32_t threshold, real scale, std::int64_t first, std::int64_t count, const real* x,
          real* y, bool accumulate) {
  constexpr std::int64_t kGroup = 4 * kBlocks;
  for (std::int64_t done = 0; done < count;) {
    std::uint32_t words[kGroup];
    philox_group(static_cast<std::uint64_t>((first + done) / kGroup), key, words);
    const std::int64_t skip = (first + done) % kGroup, length = std::min(kGroup - skip, count - done);
    for (std::int64_t i = 0; i < length; ++i) {
      const real kept = words[skip + i] < threshold ? real{0} : x[done + i] * scale;
      y[done + i] = accumulate ? y[done + i] + kept : kept;
    }
    done += length;
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(drop);

std::uint64_t stream_of(const DropoutKey& key) {
  Rng rng(key.seed, Purpose::dropout, key.step, key.layer);
  const std::uint64_t high = rng.next();
  return high << 32 | rng.next();
}

void dropout(const Workers& workers, const DropoutKey& key, double p, std::int64_t first, std::int64_t count,
             const real* x, real* y, bool accumulate) {
  const std::uint64_t stream = stream_of(key);
  const auto threshold = static_cast<std::uint32_t>(p * 0x1p32);
  const auto scale = static_cast<real>(1 / (1 - p));
  for_rows(workers, count, 1, [&](std::int64_t at, std::int64_t n) {
    HWY_DYNAMIC_DISPATCH(drop)(stream, threshold, scale, first + at, n, x + at, y + at, accumulate);
  });
}

}  // namespace cnnctl::kernels
#endif
