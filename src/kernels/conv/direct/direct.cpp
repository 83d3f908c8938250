// Convolution of images with few channels, without a product of matrices: lanes run over the results' channels, and
// the values of the window are spread over the lanes one after the other. The sums of neighbouring pixels stay in
// registers for the whole window, so that x is read where it stands and every result is written once.
#include <algorithm>
#include <array>
#include <utility>

#include "kernels/conv/families.hpp"
#include "kernels/conv/walk.hpp"
#include "tensor/tensor.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/direct/direct.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/conv/direct/pixel_pairs_inl.hpp"

#ifndef CNNCTL_KERNELS_CONV_DIRECT_ONCE
#define CNNCTL_KERNELS_CONV_DIRECT_ONCE
namespace cnnctl::kernels {
namespace {

/// A block of result rows of one image.
struct DirectBlock {
  const real* x;                // the first value of the first window
  std::int64_t row, pixel;      // from window to window in x, down and to the right
  std::int64_t values;          // of a window
  const std::int64_t* offsets;  // where they are, from its first
  std::int64_t height, taps;    // of a window, if the values of its rows stand side by side and have one channel
  const real* w;                // (values, k)
  const real* bias;             // (k) or null
  bool accumulate;
  real* y;  // (rows, columns, k)
  std::int64_t rows, columns, k;
  real* weights;  // room for as many registers as values
};

}  // namespace
}  // namespace cnnctl::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Pixels whose sums are in registers together: enough to hide the latency of a multiply-add, and with a weight, a
/// value of x and a mask no more than there are registers. Where windows are one value apart their addresses are
/// constants; elsewhere pixels of several rows share the registers that hold their distances.
template <bool kUnit>
constexpr int kMostPixels = kUnit ? by_registers(4, 12, 14) : by_registers(2, 6, 7);
template <bool kUnit>
constexpr int kMostRows = kUnit ? by_registers(1, 1, 2) : by_registers(2, 2, 4);

/// The results of kRows rows from `row` and kPixels columns from `column` on, for the channels from k on that D holds.
/// kUnit: windows are one value apart, which makes the addresses constants.
template <int kRows, int kPixels, bool kUnit, class D>
HWY_INLINE void convolve_pixels(D d, const DirectBlock& b, std::int64_t row, std::int64_t column, std::int64_t k) {
  constexpr int kSums = kRows * kPixels;
  const auto mask = hn::FirstN(d, static_cast<std::size_t>(b.k - k));
  const std::int64_t pixel = kUnit ? 1 : b.pixel, columns = b.columns, ldw = b.k;
  std::int64_t distance[kPixels];
  HWY_UNROLL(32) for (int i = 0; i < kPixels; ++i) { distance[i] = i * pixel; }
  real* y = b.y + (row * columns + column) * ldw + k;
  const auto result = [=](int i) HWY_ATTR { return y + (i / kPixels * columns + i % kPixels) * ldw; };
  const auto bias = b.bias != nullptr ? hn::MaskedLoad(mask, d, b.bias + k) : hn::Zero(d);
  hn::Vec<D> sum[kSums];
  HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) { sum[i] = bias; }
  const real* corner[kRows];
  HWY_UNROLL(32) for (int r = 0; r < kRows; ++r) { corner[r] = b.x + (row + r) * b.row + column * pixel; }
  const real* w = b.w + k;
  for (std::int64_t value = 0; value < b.values; ++value, w += ldw) {
    const std::int64_t at = b.offsets[value];
    const auto weight = hn::MaskedLoad(mask, d, w);
    HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) {
      sum[i] = hn::MulAdd(hn::Set(d, corner[i / kPixels][at + distance[i % kPixels]]), weight, sum[i]);
    }
  }
  if (b.accumulate) {
    HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) { sum[i] = hn::Add(sum[i], hn::MaskedLoad(mask, d, result(i))); }
  }
  HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) { store_lanes(sum[i], mask, d, result(i)); }
}

template <int kPixels, bool kUnit, class D>
HWY_INLINE void convolve_columns(D d, const DirectBlock& b, std::int64_t column, std::int64_t k) {
  constexpr int kRows = kMostRows<kUnit>;
  std::int64_t row = 0;
  for (; row + kRows <= b.rows; row += kRows) convolve_pixels<kRows, kPixels, kUnit>(d, b, row, column, k);
  if (kRows > 2 && row + 2 <= b.rows) {
    convolve_pixels<2, kPixels, kUnit>(d, b, row, column, k);
    row += 2;
  }
  if (kRows > 1 && row < b.rows) convolve_pixels<1, kPixels, kUnit>(d, b, row, column, k);
}

/// kPixels columns of the results from `column` on, in every row and channel.
template <int kPixels, bool kUnit>
void convolve(const DirectBlock& b, std::int64_t column) {
  const Narrow narrow;
  std::int64_t k = 0;
  while (b.k - k > static_cast<std::int64_t>(hn::Lanes(narrow))) {
    convolve_columns<kPixels, kUnit>(Reals(), b, column, k);
    k += static_cast<std::int64_t>(hn::Lanes(Reals()));
  }
  if (k < b.k) convolve_columns<kPixels, kUnit>(narrow, b, column, k);
}

#if CNNCTL_PIXEL_PAIRS

/// The results of kRows rows and kCount pairs of pixels from `column` on. kTaps: as with_taps().
template <int kTaps, int kRows, int kCount>
HWY_INLINE void convolve_pairs(const DirectBlock& b, const PairOrder& order, std::int64_t row, std::int64_t column) {
  constexpr int kSums = kRows * kCount;
  const std::int64_t k = b.k, columns = b.columns;
  const Part one(k), two(2 * k);
  Vector sum[kSums];
  const Vector bias = b.bias != nullptr ? order.twice(one.load(b.bias)) : hn::Zero(Reals());
  HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) { sum[i] = bias; }
  const real* corner[kRows];
  HWY_UNROLL(32) for (int r = 0; r < kRows; ++r) { corner[r] = b.x + (row + r) * b.row + column; }
  if constexpr (kTaps > 0) {
    pair_sums<kRows, kCount, kTaps>(corner[0], b.row, b.height, b.weights, sum);
  } else {
    const real* w = b.w;
    for (std::int64_t value = 0; value < b.values; ++value, w += k) {
      const std::int64_t at = b.offsets[value];
      const Vector weight = order.twice(one.load(w));
      HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) {
        sum[i] = hn::MulAdd(spread_pair(corner[i / kCount] + at + i % kCount * 2), weight, sum[i]);
      }
    }
  }
  HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) { sum[i] = order.to_memory(sum[i]); }
  real* y = b.y + (row * columns + column) * k;
  const auto result = [=](int i) HWY_ATTR { return y + (i / kCount * columns + i % kCount * 2) * k; };
  if (b.accumulate) {
    HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) { sum[i] = hn::Add(sum[i], two.load(result(i))); }
  }
  HWY_UNROLL(32) for (int i = 0; i < kSums; ++i) { two.store(sum[i], result(i)); }
}

/// `count` pairs of columns from `column` on, in every row.
template <int kTaps, int kCount>
HWY_INLINE void convolve_pairs(std::int64_t count, const DirectBlock& b, const PairOrder& order, std::int64_t column) {
  if (count < kCount) {
    if constexpr (kCount > 1) convolve_pairs<kTaps, kCount - 1>(count, b, order, column);
    return;
  }
  std::int64_t row = 0;
  for (; row + kMostRows<true> <= b.rows; row += kMostRows<true>)
    convolve_pairs<kTaps, kMostRows<true>, kCount>(b, order, row, column);
  if (row < b.rows) convolve_pairs<kTaps, 1, kCount>(b, order, row, column);
}

void convolve_pairs(const DirectBlock& b) {
  const PairOrder order(b.k);
  with_taps(b.taps, [&](auto taps) HWY_ATTR {
    constexpr int kTaps = decltype(taps)::value, kMost = kTaps > 0 ? kMostPairs : kMostPixels<true>;
    if (kTaps > 0) spread_weights(order, b.values, b.k, b.w, b.weights);
    const std::int64_t pairs = b.columns / 2, parts = pieces(pairs, kMost);
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t first = pairs * part / parts, count = pairs * (part + 1) / parts - first;
      convolve_pairs<kTaps, kMost>(count, b, order, first * 2);
    }
  });
  if (b.columns % 2 != 0) convolve<1, true>(b, b.columns - 1);
}

#endif

template <bool kUnit, int... kLess>
constexpr auto convolutions(std::integer_sequence<int, kLess...>) {
  return std::array{&convolve<kLess + 1, kUnit>...};
}

template <bool kUnit>
void convolve_all(const DirectBlock& b) {
  static constexpr auto kConvolve = convolutions<kUnit>(std::make_integer_sequence<int, kMostPixels<kUnit>>());
  const std::int64_t parts = pieces(b.columns, kMostPixels<kUnit>);
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t column = b.columns * part / parts, count = b.columns * (part + 1) / parts - column;
    kConvolve[static_cast<std::size_t>(count - 1)](b, column);
  }
}

void convolve_block(const DirectBlock& b) {
#if CNNCTL_PIXEL_PAIRS
  if (b.pixel == 1 && b.k <= kPairChannels) return convolve_pairs(b);
#endif
  (b.pixel == 1 ? convolve_all<true> : convolve_all<false>)(b);
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(convolve_block);

namespace {

/// With more channels products of matrices are as fast.
bool applies(const ConvGeometry& g) { return g.groups == 1 && g.c * g.k <= 96; }

std::int64_t block_of(const ConvGeometry& g) { return rows_per_block(g.oh, g.ow * g.taps() * g.c * g.k); }

std::size_t copy_bytes(const ConvGeometry& g) { return aligned(forward_walk(g).copy_bytes(block_of(g))); }

std::size_t offsets_bytes(const ConvGeometry& g) {
  return aligned(static_cast<std::size_t>(g.taps() * g.c) * sizeof(std::int64_t));
}

/// Columns of a window if pairs of pixels may be made of its rows.
std::int64_t pair_taps(const ConvGeometry& g) { return g.c == 1 && g.unit_stride() && g.undilated() ? g.kw : 0; }

ConvNeeds needs(const ConvGeometry& g) {
  constexpr std::size_t kRegister = 64;  // bytes
  const std::size_t weights = pair_taps(g) > 0 ? static_cast<std::size_t>(g.taps()) * kRegister : 0;
  return {.prepared = static_cast<std::size_t>(g.weight_count()) * sizeof(real),
          .shared = 0,
          .worker = copy_bytes(g) + offsets_bytes(g) + weights};
}

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* w, const Epilogue& epilogue,
             real* y, const ConvScratch& scratch) {
  const WindowWalk walk = forward_walk(g);
  const std::int64_t block = block_of(g), blocks = pieces(g.oh, block);
  workers.run(g.n * blocks, [&](std::int64_t task, int worker) {
    const std::int64_t n = task / blocks, first = task % blocks * block, rows = std::min(block, g.oh - first);
    real* copy = scratch.of(worker);
    const WindowSource source = window_source(walk, x + n * g.h * g.w * g.c, first, rows, copy);
    auto* offsets = reinterpret_cast<std::int64_t*>(copy + copy_bytes(g) / sizeof(real));
    WindowRuns(walk, source).offsets(offsets);
    real* to = y + (n * g.oh + first) * g.ow * g.k;
    HWY_DYNAMIC_DISPATCH(convolve_block)
    ({.x = source.data,
      .row = g.stride_h * source.width * source.pitch,
      .pixel = g.stride_w * source.pitch,
      .values = g.taps() * g.c,
      .offsets = offsets,
      .height = g.kh,
      .taps = pair_taps(g),
      .w = w,
      .bias = epilogue.bias,
      .accumulate = epilogue.accumulate,
      .y = to,
      .rows = rows,
      .columns = g.ow,
      .k = g.k,
      .weights = copy + (copy_bytes(g) + offsets_bytes(g)) / sizeof(real)});
    activate_range(epilogue.activation, rows * g.ow * g.k, to, to);
  });
}

}  // namespace

const ConvForward kDirectForward{"direct", applies, needs, copy_weights, forward};

}  // namespace cnnctl::kernels
#endif
