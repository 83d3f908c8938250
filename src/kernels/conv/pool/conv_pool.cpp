#include "kernels/conv/pool/conv_pool.hpp"

#include <algorithm>

#include "kernels/conv/families.hpp"
#include "kernels/conv/pool/geometry.hpp"
#include "kernels/conv/walk.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/pool/conv_pool.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/conv/direct/pixel_pairs_inl.hpp"
#include "kernels/pool/max_pool_inl.hpp"

#ifndef CNNCTL_KERNELS_CONV_POOL_ONCE
#define CNNCTL_KERNELS_CONV_POOL_ONCE
namespace cnnctl::kernels {
namespace {

/// One image of one channel.
struct PooledImage {
  const real* x;  // the first value of the first window
  std::int64_t row;
  std::int64_t height, taps;   // of a window
  const real *w, *bias;        // (height, taps, k), and (k) or null
  real* y;                     // (rows, columns, k)
  std::uint8_t* places;        // (rows, columns, padded), or null
  std::int64_t rows, columns;  // of pooled results
  std::int64_t k, padded;
  real* weights;  // room for a register for each weight of a filter
};

}  // namespace
}  // namespace cnnctl::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

#if CNNCTL_PIXEL_PAIRS

/// Two windows of 2x2 from the sums of two rows: of their pairs of pixels `first` and `second`.
struct TwoWindows {
  Vector best, place;  // (window, 8 channels)

  HWY_INLINE TwoWindows(const Vector* upper, const Vector* lower, int first, int second) {
    const Reals d;
    best = hn::ConcatEven(d, upper[second], upper[first]);
    place = hn::Zero(d);
    challenge(hn::ConcatOdd(d, upper[second], upper[first]), fill(1), &best, &place);
    challenge(hn::ConcatEven(d, lower[second], lower[first]), fill(2), &best, &place);
    challenge(hn::ConcatOdd(d, lower[second], lower[first]), fill(3), &best, &place);
  }
};

/// kCount pooled results of row `row` from `column` on.
template <int kTaps, int kCount>
HWY_INLINE void pool_pairs(const PooledImage& g, const PairOrder& order, std::int64_t row, std::int64_t column) {
  const std::int64_t k = g.k;
  const Part one(k), two(2 * k);
  const Vector bias = g.bias != nullptr ? order.twice(one.load(g.bias)) : hn::Zero(Reals());
  Vector sum[2 * kCount];
  HWY_UNROLL(32) for (int i = 0; i < 2 * kCount; ++i) { sum[i] = bias; }
  pair_sums<2, kCount, kTaps>(g.x + 2 * (row * g.row + column), g.row, g.height, g.weights, sum);
  const std::int64_t pixel = row * g.columns + column;
  HWY_UNROLL(8) for (int i = 0; i < kCount; i += 2) {
    const bool both = i + 1 < kCount;
    const TwoWindows windows(sum, sum + kCount, i, both ? i + 1 : i);
    const Vector pixels = order.join(windows.best);
    real* to = g.y + (pixel + i) * k;
    if (both)
      two.store(pixels, to);
    else
      one.store(pixels, to);
    if (g.places == nullptr) continue;
    const hn::Half<Reals> half;
    std::uint8_t* places = g.places + (pixel + i) * g.padded;
    store_places(half, hn::LowerHalf(half, windows.place), places);
    if (both) store_places(half, hn::UpperHalf(half, windows.place), places + g.padded);
  }
}

template <int kTaps, int kCount>
HWY_INLINE void pool_columns(std::int64_t count, const PooledImage& g, const PairOrder& order, std::int64_t column) {
  if (count < kCount) {
    if constexpr (kCount > 1) pool_columns<kTaps, kCount - 1>(count, g, order, column);
    return;
  }
  for (std::int64_t row = 0; row < g.rows; ++row) pool_pairs<kTaps, kCount>(g, order, row, column);
}

#endif

/// The image's pooled results, without activation; returns false if it is not done, for registers hold no pairs.
bool pool_image([[maybe_unused]] const PooledImage& g) {
  bool done = false;
#if CNNCTL_PIXEL_PAIRS
  with_taps(g.taps, [&](auto taps) HWY_ATTR {
    constexpr int kTaps = decltype(taps)::value;
    if constexpr (kTaps > 0) {
      const PairOrder order(g.k);
      spread_weights(order, g.height * kTaps, g.k, g.w, g.weights);
      const std::int64_t parts = pieces(g.columns, kMostPairs);
      for (std::int64_t part = 0; part < parts; ++part) {
        const std::int64_t first = g.columns * part / parts, count = g.columns * (part + 1) / parts - first;
        pool_columns<kTaps, kMostPairs>(count, g, order, first);
      }
      done = true;
    }
  });
#endif
  return done;
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(pool_image);

namespace {

constexpr std::int64_t kMostChannels = 7, kMostValues = 64;
constexpr std::int64_t kLeastWeights = 25;      // of a filter: with fewer, finding the winners costs more
constexpr std::size_t kMostBytes = 256 * 1024;  // of the windows of an image

ConvGeometry one_image(ConvGeometry g) {
  g.n = 1;
  return g;
}

std::size_t image_bytes(const ConvGeometry& g) {
  return aligned(static_cast<std::size_t>(g.oh * g.ow * g.k) * sizeof(real));
}

std::size_t weights_bytes(const ConvGeometry& g) { return static_cast<std::size_t>(g.taps()) * kAlignment; }

/// One image in one go, where registers hold pairs of pixels; else returns false.
bool in_one(const ConvGeometry& g, const real* x, const real* w, const real* bias, real* y, std::byte* winners,
            real* scratch) {
  if (g.c > 1 || g.k > 8) return false;
  const PoolGeometry pool = pool_of(g);
  const WindowSource source =
      window_source(forward_walk(g), x, 0, 2 * pool.out_height, scratch + weights_bytes(g) / sizeof(real));
  return HWY_DYNAMIC_DISPATCH(pool_image)({.x = source.data,
                                           .row = source.width,
                                           .height = g.kh,
                                           .taps = g.kw,
                                           .w = w,
                                           .bias = bias,
                                           .y = y,
                                           .places = reinterpret_cast<std::uint8_t*>(winners),
                                           .rows = pool.out_height,
                                           .columns = pool.out_width,
                                           .k = g.k,
                                           .padded = padded_channels(pool),
                                           .weights = scratch});
}

}  // namespace

bool conv_pool_applies(const ConvGeometry& g) {
  return kDirectForward.applies(g) && g.unit_stride() && g.undilated() && g.oh >= 2 && g.ow >= 2 &&
         g.c <= kMostChannels && g.kw * g.c <= kMostValues && g.taps() * g.c >= kLeastWeights &&
         PoolRows(g).bytes(g.oh / 2) <= kMostBytes;
}

std::size_t conv_pool_winners(const ConvGeometry& g) { return max_pool_winners(pool_of(g)); }

std::size_t conv_pool_bytes(const ConvGeometry& g) {
  return std::max(image_bytes(g) + kDirectForward.needs(g).worker, weights_bytes(g) + forward_walk(g).copy_bytes(g.oh));
}

void conv_pool(const Workers& workers, const ConvGeometry& g, const real* x, const real* w, const real* bias,
               Activation activation, real* y, std::byte* winners, const ConvScratch& scratch) {
  const ConvGeometry one = one_image(g);
  const PoolGeometry pool = pool_of(one);
  const auto of_winners = static_cast<std::int64_t>(max_pool_winners(pool));
  workers.run(g.n, [&](std::int64_t n, int worker) {
    const real* from = x + n * g.h * g.w * g.c;
    real* to = y + n * pool.outputs();
    std::byte* places = winners == nullptr ? nullptr : winners + n * of_winners;
    if (!in_one(one, from, w, bias, to, places, scratch.of(worker))) {
      const Workers alone = Workers::alone(worker);
      ConvScratch rest = scratch;
      rest.worker += image_bytes(g);
      kDirectForward.run(alone, one, from, w, {bias, {}, false}, scratch.of(worker), rest);
      max_pool(alone, pool, scratch.of(worker), to, places);
    }
    activate_range(activation, pool.outputs(), to, to);
  });
}

}  // namespace cnnctl::kernels
#endif
