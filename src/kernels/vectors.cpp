#include "kernels/vectors.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/vectors.cpp"
#include "kernels/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

const char* target_name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(target_name);

const char* vector_instructions() { return HWY_DYNAMIC_DISPATCH(target_name)(); }

void limit_vector_bits(int bits) {
  hwy::DisableTargets(bits == 0 || bits >= 512 ? 0 : bits >= 256 ? HWY_AVX3 : HWY_AVX3 | HWY_AVX2);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace cnnctl::kernels
#endif
