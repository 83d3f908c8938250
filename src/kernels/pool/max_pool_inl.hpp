// What max pooling keeps of a window: its largest value and the place of that. Included once per instruction set, after
// simd_inl.hpp. Knows one window; knows no image.

#if defined(CNNCTL_KERNELS_MAX_POOL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CNNCTL_KERNELS_MAX_POOL_INL
#undef CNNCTL_KERNELS_MAX_POOL_INL
#else
#define CNNCTL_KERNELS_MAX_POOL_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {

// Places are kept as reals while they are compared; reals hold these small numbers exactly. Reals may be float or
// double.
template <class D>
HWY_INLINE auto to_ints(D, hn::Vec<D> places) {
  const hn::Rebind<std::int32_t, D> ints;
  if constexpr (sizeof(hn::TFromD<D>) == 8)
    return hn::DemoteTo(ints, places);
  else
    return hn::ConvertTo(ints, places);
}
template <class D>
HWY_INLINE auto from_ints(D d, hn::Vec<hn::Rebind<std::int32_t, D>> ints) {
  if constexpr (sizeof(hn::TFromD<D>) == 8)
    return hn::PromoteTo(d, ints);
  else
    return hn::ConvertTo(d, ints);
}

template <class D, class Place>
HWY_INLINE void store_places(D d, hn::Vec<D> places, Place* to) {
  const hn::Rebind<Place, D> bytes;
  hn::StoreU(hn::DemoteTo(bytes, to_ints(d, places)), bytes, to);
}

template <class D, class Place>
HWY_INLINE hn::Vec<D> load_places(D d, const Place* from) {
  const hn::Rebind<std::int32_t, D> ints;
  return from_ints(d, hn::PromoteTo(ints, hn::LoadU(hn::Rebind<Place, D>(), from)));
}

/// v becomes the best where it is larger, or NaN, and its mark replaces the best one's.
template <class V>
HWY_INLINE void challenge(V v, V mark, V* best, V* best_mark) {
  const auto wins = hn::Or(hn::Gt(v, *best), hn::IsNaN(v));
  *best = hn::IfThenElse(wins, v, *best);
  *best_mark = hn::IfThenElse(wins, mark, *best_mark);
}

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
