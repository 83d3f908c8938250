#include "kernels/pointwise/softmax_row.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/softmax_row.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/simd/math_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

void exponentials(std::int64_t count, const real* z, real max, real* terms) {
  for_lanes(count, [=](std::int64_t i, auto io)
                       HWY_ATTR { io.store(exp_of_negative(hn::Sub(io.load(z + i), fill(max))), terms + i); });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(exponentials);

RowExponentials row_exponentials(std::int64_t count, const real* z, real* terms) {
  constexpr std::int64_t kBlock = 256;
  constexpr int kSums = 8;
  real block[kBlock];
  double sums[kSums] = {};
  const real max = *std::max_element(z, z + count);
  for (std::int64_t begin = 0; begin < count; begin += kBlock) {
    const std::int64_t n = std::min(kBlock, count - begin);
    real* const to = terms != nullptr ? terms + begin : block;
    HWY_DYNAMIC_DISPATCH(exponentials)(n, z + begin, max, to);
    for (std::int64_t i = 0; i < n; ++i) sums[i % kSums] += static_cast<double>(to[i]);
  }
  for (int width = kSums / 2; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) sums[i] += sums[i + width];
  return {static_cast<double>(max), sums[0]};
}

}  // namespace cnnctl::kernels
#endif
