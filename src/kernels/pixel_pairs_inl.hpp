// Pairs of pixels in a register: where images have one channel and results up to eight, one pixel would fill half of a
// long register. Lane 2 * channel + pixel belongs to a channel of the first or second pixel of a pair; the two values
// of x that a weight meets stand side by side in memory, and one load spreads them. Included once per instruction set,
// after simd_inl.hpp. Knows the order of lanes; knows no convolution.
#include <cstring>

#if defined(CNNCTL_KERNELS_PIXEL_PAIRS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CNNCTL_KERNELS_PIXEL_PAIRS_INL
#undef CNNCTL_KERNELS_PIXEL_PAIRS_INL
#else
#define CNNCTL_KERNELS_PIXEL_PAIRS_INL
#endif

/// Whether registers hold pairs here. Others do the same sums with a pixel in a register.
#undef CNNCTL_PIXEL_PAIRS
#if HWY_TARGET == HWY_AVX3 && !defined(CNNCTL_DOUBLE)
#define CNNCTL_PIXEL_PAIRS 1
#else
#define CNNCTL_PIXEL_PAIRS 0
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {

/// The most channels of a pair.
constexpr std::int64_t kPairChannels = 8;

#if CNNCTL_PIXEL_PAIRS

/// p[0] in every even lane, p[1] in every odd one.
HWY_INLINE Vector spread_pair(const real* p) {
  double both;
  std::memcpy(&both, p, sizeof both);
  return hn::BitCast(Reals(), hn::Set(hn::ScalableTag<double>(), both));
}

/// Lanes between the order of pairs and that of memory, (pixel, channel).
class PairOrder {
 public:
  explicit HWY_INLINE PairOrder(std::int64_t channels) {
    for (std::int32_t pixel = 0, lane = 0; pixel < 2; ++pixel)
      for (std::int32_t channel = 0; channel < channels; ++channel, ++lane) {
        from_memory_[2 * channel + pixel] = lane;
        to_memory_[lane] = 2 * channel + pixel;
        twice_[2 * channel + pixel] = channel;
      }
  }
  /// Two pixels of `channels` values; the lanes behind them are zero.
  HWY_INLINE Vector from_memory(Vector pixels) const { return order(pixels, from_memory_); }
  HWY_INLINE Vector to_memory(Vector pairs) const { return order(pairs, to_memory_); }
  /// One pixel's values for both.
  HWY_INLINE Vector twice(Vector pixel) const { return order(pixel, twice_); }

 private:
  static HWY_INLINE Vector order(Vector v, const std::int32_t* lanes) {
    return hn::TableLookupLanes(v, hn::SetTableIndices(Reals(), lanes));
  }

  static constexpr std::int32_t kLanes = 16;
  // Lanes without a channel take the last one, which is zero or without meaning.
  alignas(64) std::int32_t from_memory_[kLanes] = {15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15};
  alignas(64) std::int32_t to_memory_[kLanes] = {};
  alignas(64) std::int32_t twice_[kLanes] = {};
};

#endif

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
