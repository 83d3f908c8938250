#include "kernels/simd/vectors.hpp"

#include <hwy/nanobenchmark.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/vectors.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

const char* target_name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

// Highway's library measures its clock whenever it is loaded, for benchmarks that nobody runs here: 3 of the 6 ms that
// this program takes to start and end. What a program defines stands before what its libraries define.
namespace hwy::platform {
std::uint64_t TimerResolution() { return 1; }
}  // namespace hwy::platform

namespace cnnctl::kernels {

HWY_EXPORT(target_name);

const char* vector_instructions() { return HWY_DYNAMIC_DISPATCH(target_name)(); }

void limit_vector_bits(int bits) {
  constexpr std::int64_t kLong = HWY_AVX3 | (HWY_AVX3 - 1);  // and whatever newer Highways have beyond it
  hwy::DisableTargets(bits == 0 || bits >= 512 ? 0 : bits >= 256 ? kLong : kLong | HWY_AVX2);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace cnnctl::kernels
#endif
