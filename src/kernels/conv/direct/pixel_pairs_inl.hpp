// Pairs of pixels in a register: where images have one channel and results up to eight, one pixel would fill half of a
// long register. Lane 2 * channel + pixel belongs to a channel of the first or second pixel of a pair; the two values
// of x that a weight meets stand side by side in memory, and one load spreads them. Included once per instruction set,
// after simd_inl.hpp. Knows the order of lanes; knows no convolution.
#include <cstring>
#include <type_traits>

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
        join_[lane] = pixel * static_cast<std::int32_t>(kPairChannels) + channel;
      }
  }
  /// Two pixels of `channels` values; the lanes behind them are zero.
  HWY_INLINE Vector from_memory(Vector pixels) const { return order(pixels, from_memory_); }
  HWY_INLINE Vector to_memory(Vector pairs) const { return order(pairs, to_memory_); }
  /// Two pixels from registers that hold them in their halves.
  HWY_INLINE Vector join(Vector halves) const { return order(halves, join_); }
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
  alignas(64) std::int32_t join_[kLanes] = {};
};

/// The most pairs beside each other whose sums pair_sums() keeps in registers, in two rows and with their weights.
constexpr int kMostPairs = 7;

/// Adds what a row of x gives to the sums of kCount pairs: `upper` with the weights at `top`, `lower` with those at
/// `bottom` (kTaps registers each). A value of x is loaded once for all taps that meet it; every sum adds its taps in
/// order.
template <bool kUpper, bool kLower, int kCount, int kTaps>
HWY_INLINE void add_pairs(const real* x, const real* top, const real* bottom, Vector* upper, Vector* lower) {
  constexpr std::int64_t kLanes = hn::MaxLanes(Reals());
  Vector of_upper[kTaps], of_lower[kTaps];
  HWY_UNROLL(8) for (int tap = 0; tap < kTaps; ++tap) {
    if (kUpper) of_upper[tap] = hn::Load(Reals(), top + tap * kLanes);
    if (kLower) of_lower[tap] = hn::Load(Reals(), bottom + tap * kLanes);
  }
  HWY_UNROLL(32) for (int at = 0; at < 2 * kCount + kTaps - 2; ++at) {
    const Vector value = spread_pair(x + at);
    HWY_UNROLL(8) for (int tap = at % 2; tap < kTaps; tap += 2) {
      const int pair = (at - tap) / 2;
      if (tap > at || pair >= kCount) continue;
      if (kUpper) upper[pair] = hn::MulAdd(value, of_upper[tap], upper[pair]);
      if (kLower) lower[pair] = hn::MulAdd(value, of_lower[tap], lower[pair]);
    }
  }
}

/// sum (kRows, kCount) += the windows of kRows rows of kCount pairs of pixels, the first at x. A window has `height`
/// rows, `row` apart in x, of kTaps values side by side; weights (height, kTaps) registers in the order of pairs.
template <int kRows, int kCount, int kTaps>
HWY_INLINE void pair_sums(const real* x, std::int64_t row, std::int64_t height, const real* weights, Vector* sum) {
  constexpr std::int64_t kNext = kTaps * static_cast<std::int64_t>(hn::MaxLanes(Reals()));
  Vector* const lower = sum + (kRows - 1) * kCount;
  add_pairs<true, false, kCount, kTaps>(x, weights, weights, sum, lower);
  for (std::int64_t i = 1; i < height; ++i, weights += kNext)
    add_pairs<true, (kRows > 1), kCount, kTaps>(x + i * row, weights + kNext, weights, sum, lower);
  if (kRows > 1) add_pairs<false, true, kCount, kTaps>(x + height * row, weights, weights, sum, lower);
}

/// to (count) registers = the weights (count, channels) in the order of pairs.
HWY_INLINE void spread_weights(const PairOrder& order, std::int64_t count, std::int64_t channels, const real* weights,
                               real* to) {
  const Part one(channels);
  for (std::int64_t i = 0; i < count; ++i)
    hn::Store(order.twice(one.load(weights + i * channels)), Reals(),
              to + i * static_cast<std::int64_t>(hn::MaxLanes(Reals())));
}

/// Calls body(taps) with the number of columns of a window as a constant, where pair_sums() is made for it; else with
/// 0.
template <class Body>
HWY_INLINE void with_taps(std::int64_t taps, const Body& body) {
  if (taps == 5) return body(std::integral_constant<int, 5>());
  if (taps == 3) return body(std::integral_constant<int, 3>());
  body(std::integral_constant<int, 0>());
}

#endif

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
