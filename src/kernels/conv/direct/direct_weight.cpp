// Weight gradient of convolutions with few channels, without a product of matrices: lanes run over the results'
// channels, and the sums of a part of the window stay in registers over all pixels of a block of result rows.
#include <algorithm>
#include <array>
#include <utility>

#include "kernels/conv/families.hpp"
#include "kernels/conv/walk.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/direct/direct_weight.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/conv/direct/pixel_pairs_inl.hpp"

#ifndef CNNCTL_KERNELS_CONV_DIRECT_WEIGHT_ONCE
#define CNNCTL_KERNELS_CONV_DIRECT_WEIGHT_ONCE
namespace cnnctl::kernels {
namespace {

/// A block of result rows of one image.
struct DirectGradient {
  const real* x;            // the first value of the first window
  std::int64_t row, pixel;  // from window to window in x, down and to the right
  WindowRuns window;
  const real* dy;                 // (rows, columns, k)
  std::int64_t dy_row, dy_pixel;  // from result to result
  std::int64_t rows, columns, k;
  real* dw;  // (window values, k), added to
};

}  // namespace
}  // namespace cnnctl::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Sums in registers: with a value of x, one of dy and a mask no more than there are registers.
constexpr int kMostSums = by_registers(4, 12, 28);
constexpr int kMostValues = by_registers(4, 12, 12), kMostRuns = 5;

/// The gradients of values [first, first + kValues) of the runs [run, run + kRuns), for
/// the channels from k on that D holds.
template <int kRuns, int kValues, class D>
HWY_INLINE void gather(D d, const DirectGradient& g, std::int64_t run, std::int64_t first, std::int64_t k) {
  constexpr int kSums = kRuns * kValues;
  const auto mask = hn::FirstN(d, static_cast<std::size_t>(g.k - k));
  hn::Vec<D> sum[kSums];
  HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) { sum[i] = hn::Zero(d); }
  const real* corner[kRuns];
  HWY_UNROLL(32) for (int r = 0; r < kRuns; ++r) { corner[r] = g.x + g.window.offset(run + r) + first; }
  const std::int64_t pixel = g.pixel, dy_pixel = g.dy_pixel, ldw = g.k;
  for (std::int64_t row = 0; row < g.rows; ++row) {
    const real* dy = g.dy + row * g.dy_row + k;
    std::int64_t at = row * g.row;
    for (const real* end = dy + g.columns * dy_pixel; dy < end; dy += dy_pixel, at += pixel) {
      const auto gradient = hn::MaskedLoad(mask, d, dy);
      HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) {
        sum[i] = hn::MulAdd(hn::Set(d, corner[i / kValues][at + i % kValues]), gradient, sum[i]);
      }
    }
  }
  HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) {
    real* to = g.dw + ((run + i / kValues) * g.window.length + first + i % kValues) * ldw + k;
    store_lanes(hn::Add(hn::MaskedLoad(mask, d, to), sum[i]), mask, d, to);
  }
}

#if CNNCTL_PIXEL_PAIRS

/// gather() for windows one value apart and few channels, by pairs of pixels.
template <int kRuns, int kValues>
HWY_INLINE void gather_pairs(const DirectGradient& g, std::int64_t run, std::int64_t first) {
  constexpr int kSums = kRuns * kValues;
  const std::int64_t k = g.k, columns = g.columns;
  const PairOrder order(k);
  const Part one(k), two(2 * k);
  Vector sum[kSums];
  HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) { sum[i] = hn::Zero(Reals()); }
  const real* corner[kRuns];
  HWY_UNROLL(32) for (int r = 0; r < kRuns; ++r) { corner[r] = g.x + g.window.offset(run + r) + first; }
  for (std::int64_t row = 0; row < g.rows; ++row) {
    const real* dy = g.dy + row * g.dy_row;
    std::int64_t at = row * g.row;
    for (const real* end = dy + columns / 2 * 2 * k; dy < end; dy += 2 * k, at += 2) {
      const Vector gradient = order.from_memory(two.load(dy));
      HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) {
        sum[i] = hn::MulAdd(spread_pair(corner[i / kValues] + at + i % kValues), gradient, sum[i]);
      }
    }
    if (columns % 2 == 0) continue;
    const Vector gradient = order.from_memory(one.load(dy));
    HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) {
      sum[i] = hn::MulAdd(fill(corner[i / kValues][at + i % kValues]), gradient, sum[i]);
    }
  }
  HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) {
    real* to = g.dw + ((run + i / kValues) * g.window.length + first + i % kValues) * k;
    const Vector even = hn::ConcatEven(Reals(), sum[i], sum[i]), odd = hn::ConcatOdd(Reals(), sum[i], sum[i]);
    one.store(hn::Add(hn::Add(one.load(to), even), odd), to);
  }
}

#endif

/// Pixels with even and with odd numbers in their row summed by themselves: the sums of gather_pairs() in registers
/// that hold no pairs.
template <int kRuns, int kValues>
HWY_INLINE void gather_halves(const DirectGradient& g, std::int64_t run, std::int64_t first) {
  for (std::int64_t odd = 0; odd < 2; ++odd) {
    DirectGradient half = g;
    half.x += odd * g.pixel;
    half.dy += odd * g.dy_pixel;
    half.pixel *= 2;
    half.dy_pixel *= 2;
    half.columns = (g.columns + 1 - odd) / 2;
    for (std::int64_t k = 0; k < g.k; k += static_cast<std::int64_t>(hn::Lanes(Narrow())))
      gather<kRuns, kValues>(Narrow(), half, run, first, k);
  }
}

template <int kRuns, int kValues>
void gather_all_lanes(const DirectGradient& g, std::int64_t run, std::int64_t first) {
  if constexpr (kRuns * kValues <= kMostSums) {
    if (g.pixel == 1 && g.k <= kPairChannels) {
#if CNNCTL_PIXEL_PAIRS
      return gather_pairs<kRuns, kValues>(g, run, first);
#else
      return gather_halves<kRuns, kValues>(g, run, first);
#endif
    }
    const Narrow narrow;
    std::int64_t k = 0;
    for (; g.k - k > static_cast<std::int64_t>(hn::Lanes(narrow)); k += static_cast<std::int64_t>(hn::Lanes(Reals())))
      gather<kRuns, kValues>(Reals(), g, run, first, k);
    if (k < g.k) gather<kRuns, kValues>(narrow, g, run, first, k);
  }
}

template <int kRuns, int... kLess>
constexpr auto gathers(std::integer_sequence<int, kLess...>) {
  return std::array{&gather_all_lanes<kRuns, kLess + 1>...};
}

template <int... kLess>
constexpr auto all_gathers(std::integer_sequence<int, kLess...>) {
  return std::array{gathers<kLess + 1>(std::make_integer_sequence<int, kMostValues>())...};
}

void gather_block(const DirectGradient& g) {
  static constexpr auto kGather = all_gathers(std::make_integer_sequence<int, kMostRuns>());
  const std::int64_t parts = pieces(g.window.length, kMostValues);
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t first = g.window.length * part / parts, count = g.window.length * (part + 1) / parts - first;
    const std::int64_t most = std::clamp<std::int64_t>(kMostSums / count, 1, kMostRuns);
    const std::int64_t groups = pieces(g.window.count(), most);
    for (std::int64_t group = 0; group < groups; ++group) {
      const std::int64_t run = g.window.count() * group / groups, runs = g.window.count() * (group + 1) / groups - run;
      kGather[static_cast<std::size_t>(runs - 1)][static_cast<std::size_t>(count - 1)](g, run, first);
    }
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(gather_block);

namespace {

constexpr std::int64_t kBlockValues = 8 * 1024;  // of dy in a block: it is read again for every part of the window

/// With more channels products of matrices are as fast.
bool applies(const ConvGeometry& g) { return g.groups == 1 && g.c <= 8 && (g.c <= 4 || g.c * g.k <= 128); }

std::int64_t block_of(const ConvGeometry& g) { return std::clamp<std::int64_t>(kBlockValues / (g.ow * g.k), 1, g.oh); }

ConvNeeds needs(const ConvGeometry& g) {
  return {.prepared = 0, .shared = 0, .worker = forward_walk(g).copy_bytes(block_of(g))};
}

/// dw (KH,KW,C,K) += the share of one image.
void add_image(const ConvGeometry& g, const real* image, const real* dy, real* copy, real* dw) {
  const WindowWalk walk = forward_walk(g);
  const std::int64_t block = block_of(g);
  for (std::int64_t first = 0; first < g.oh; first += block) {
    const std::int64_t rows = std::min(block, g.oh - first);
    const WindowSource source = window_source(walk, image, first, rows, copy);
    HWY_DYNAMIC_DISPATCH(gather_block)
    ({.x = source.data,
      .row = g.stride_h * source.width * source.pitch,
      .pixel = g.stride_w * source.pitch,
      .window = WindowRuns(walk, source),
      .dy = dy + first * g.ow * g.k,
      .dy_row = g.ow * g.k,
      .dy_pixel = g.k,
      .rows = rows,
      .columns = g.ow,
      .k = g.k,
      .dw = dw});
  }
}

void add(const ConvGeometry& g, const real* x, const real* dy, real* sum, real* scratch) {
  for (std::int64_t n = 0; n < g.n; ++n)
    add_image(g, x + n * g.h * g.w * g.c, dy + n * g.oh * g.ow * g.k, scratch, sum);
}

}  // namespace

const ConvWeightGradient kDirectWeight{"direct", applies, needs, weight_values, add, join_weights};

}  // namespace cnnctl::kernels
#endif
