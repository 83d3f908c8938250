#include "kernels/pointwise/reduce.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/reduce.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Sixteen running sums, whatever the machine's vectors hold: plain loops that the compiler vectorises.
double block_squares(std::int64_t count, const real* x) {
  constexpr int kSums = 16;
  double sums[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (int lane = 0; lane < kSums; ++lane) {
      const double value = static_cast<double>(x[i + lane]);
      sums[lane] += value * value;
    }
  }
  for (int lane = 0; i < count; ++i, ++lane) sums[lane] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  for (int width = kSums / 2; width > 0; width /= 2)
    for (int lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
  return sums[0];
}

/// x - x is 0 for every finite number and NaN for the others.
bool block_is_finite(std::int64_t count, const real* x) {
  int odd = 0;
  for (std::int64_t i = 0; i < count; ++i) odd |= (x[i] - x[i] != real{0}) ? 1 : 0;
  return odd == 0;
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(block_squares);
HWY_EXPORT(block_is_finite);

namespace {

/// At most 64 blocks, of at least 16,384 values: partial results fit on the stack, and small arrays are one task.
constexpr std::int64_t kBlocks = 64, kLeastBlock = 16384;
std::int64_t block_size(std::int64_t count) { return std::max(kLeastBlock, pieces(count, kBlocks)); }

}  // namespace

double sum_of_blocks(const Workers& workers, std::int64_t count,
                     FunctionRef<double(std::int64_t begin, std::int64_t end)> block) {
  const std::int64_t size = block_size(count);
  std::array<double, kBlocks> sums{};
  workers.run(pieces(count, size), [&](std::int64_t i, int) {
    sums[static_cast<std::size_t>(i)] = block(i * size, std::min(count, (i + 1) * size));
  });
  for (std::size_t width = kBlocks / 2; width > 0; width /= 2)
    for (std::size_t i = 0; i < width; ++i) sums[i] += sums[i + width];
  return sums[0];
}

double sum_of_squares(const Workers& workers, std::int64_t count, const real* x) {
  return sum_of_blocks(workers, count, [x](std::int64_t begin, std::int64_t end) {
    return HWY_DYNAMIC_DISPATCH(block_squares)(end - begin, x + begin);
  });
}

std::int64_t first_nonfinite(const Workers& workers, std::int64_t count, const real* x) {
  const std::int64_t size = block_size(count);
  std::array<std::int64_t, kBlocks> found;
  found.fill(-1);
  workers.run(pieces(count, size), [&](std::int64_t block, int) {
    const std::int64_t begin = block * size, end = std::min(begin + size, count);
    if (HWY_DYNAMIC_DISPATCH(block_is_finite)(end - begin, x + begin)) return;
    const real* odd = std::find_if(x + begin, x + end, [](real value) { return !std::isfinite(value); });
    found[static_cast<std::size_t>(block)] = odd - x;
  });
  const auto first = std::find_if(found.begin(), found.end(), [](std::int64_t at) { return at >= 0; });
  return first == found.end() ? -1 : *first;
}

void join_sums(const Workers& workers, std::int64_t sums, std::int64_t count, const real* all, real* total) {
  constexpr std::int64_t kBlock = 8192;
  workers.run(pieces(count, kBlock), [&](std::int64_t task, int) {
    const std::int64_t begin = task * kBlock, end = std::min(count, begin + kBlock);
    if (total != all) std::copy(all + begin, all + end, total + begin);
    for (std::int64_t sum = 1; sum < sums; ++sum)
      for (std::int64_t i = begin; i < end; ++i) total[i] += all[sum * count + i];
  });
}

}  // namespace cnnctl::kernels
#endif
