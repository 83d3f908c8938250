// Sums along a row, in sixteen strands whatever the registers. Included once per instruction set, after simd_inl.hpp.

#if defined(CNNCTL_KERNELS_STRAND_SUM_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CNNCTL_KERNELS_STRAND_SUM_INL
#undef CNNCTL_KERNELS_STRAND_SUM_INL
#else
#define CNNCTL_KERNELS_STRAND_SUM_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {

/// The sum of term(0) ... term(count - 1) in sixteen strands, folded in halves. Plain loops: the compiler vectorises
/// them for each instruction set without changing the order.
template <class Term>
HWY_INLINE real strand_sum(std::int64_t count, const Term& term) {
  real strands[16] = {};
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int j = 0; j < 16; ++j) strands[j] += term(i + j);
  for (int j = 0; i + j < count; ++j) strands[j] += term(i + j);
  for (int half = 8; half > 0; half /= 2)
    for (int j = 0; j < half; ++j) strands[j] += strands[j + half];
  return strands[0];
}

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
