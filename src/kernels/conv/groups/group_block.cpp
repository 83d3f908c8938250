// Lanes run over the filters of several groups, and a permutation brings each lane the value of its group. The sums of
// neighbouring pixels stay in registers, and a permuted value meets all taps of a row that see it.
#include "kernels/conv/groups/group_block.hpp"

#include <array>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/groups/group_block.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/conv/groups/group_lanes_inl.hpp"

#ifndef CNNCTL_KERNELS_GROUP_BLOCK_ONCE
#define CNNCTL_KERNELS_GROUP_BLOCK_ONCE
namespace cnnctl::kernels {
namespace {

/// Neighbouring results of a chunk of groups.
struct GroupStrip {
  const real* x;                // the first value that the first of them sees
  std::int64_t row, pixel;      // from tap to tap in x
  std::int64_t step;            // from result to result in x
  std::int64_t tap_rows, taps;  // rows of taps, taps of a row
  std::int64_t channels;        // of a group
  const real* w;                // (tap_rows, taps, channels, width)
  std::int64_t width;
  const real* bias;  // (width) or null
  bool relu, accumulate;
  bool left, right;  // whether the first and the last pixel that the results see are outside of the image
  real* y;
  std::int64_t y_step;
};

/// Where the windows of a chunk stand. Rows outside of the image are left out; where a row of windows begins or ends
/// one pixel outside, and its taps are multiplied together, the strips replace that pixel. Else the image is copied.
WindowSource chunk_source(const WindowWalk& walk, const real* image, std::int64_t first, std::int64_t rows,
                          real* copy) {
  const WindowAxis& across = walk.columns;
  const bool together = across.tap_step == 1 && across.step < across.taps && across.taps <= 3;
  if (walk.tap_count() == 0) return {image, 0, 0};  // pixels that no tap reaches
  if (!together || across.first < -1 || across.first + across.reach(across.count) > walk.source_w + 1)
    return window_source(walk, image, first, rows, copy);
  const std::int64_t top = first * walk.rows.step + walk.rows.first;
  return {image + (top * walk.source_w + across.first) * walk.source_c, walk.source_w, walk.source_c};
}

}  // namespace
}  // namespace cnnctl::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

constexpr int kMostPixels = by_registers(4, 8, 16);
constexpr real kZeros[16] = {};  // a pixel outside of the image

/// The pixels that a strip sees in one row of taps.
struct StripPixels {
  const real *first, *all, *last;  // all but the first and the last from `all` on
  std::int64_t step;

  StripPixels(int count, const real* x, std::int64_t distance)
      : first(x), all(x), last(x + (count - 1) * distance), step(distance) {}
};

/// sum[p] += what kTaps neighbouring taps see of one channel; results are kStride pixels apart.
template <int kPixels, int kTaps, int kStride, class Mask, class Value>
HWY_INLINE void add_taps(const Value& value, Mask mask, const StripPixels& x, const real* w, std::int64_t next_tap,
                         Vector (&sum)[kPixels]) {
  constexpr int kCount = (kPixels - 1) * kStride + kTaps;
  Vector weight[kTaps];
  HWY_UNROLL(4) for (int j = 0; j < kTaps; ++j) weight[j] = hn::MaskedLoad(mask, Reals(), w + j * next_tap);
  HWY_UNROLL(32) for (int q = 0; q < kCount; ++q) {
    const Vector v = value(q == 0 ? x.first : q == kCount - 1 ? x.last : x.all + q * x.step);
    HWY_UNROLL(4) for (int j = 0; j < kTaps; ++j) {
      const int p = (q - j) / kStride;
      if (q >= j && (q - j) % kStride == 0 && p < kPixels) sum[p] = hn::MulAdd(v, weight[j], sum[p]);
    }
  }
}

/// Lanes [lane, width) of kPixels results, as many as fit.
template <int kPixels, int kTaps, int kStride, class Value>
void strip(const GroupStrip& s, Value value, std::int64_t lane) {
  const auto mask = hn::FirstN(Reals(), static_cast<std::size_t>(s.width - lane));
  Vector sum[kPixels];
  if (s.accumulate) {
    HWY_UNROLL(32) for (int p = 0; p < kPixels; ++p) sum[p] = hn::MaskedLoad(mask, Reals(), s.y + lane + p * s.y_step);
  } else {
    const Vector bias = s.bias != nullptr ? hn::MaskedLoad(mask, Reals(), s.bias + lane) : hn::Zero(Reals());
    HWY_UNROLL(32) for (int p = 0; p < kPixels; ++p) sum[p] = bias;
  }
  const std::int64_t next_tap = s.channels * s.width;
  const real* w = s.w + lane;
  for (std::int64_t i = 0; i < s.tap_rows; ++i) {
    const real* x = s.x + i * s.row;
    std::int64_t j = 0;
    for (; j + kTaps <= s.taps; j += kTaps, x += kTaps * s.pixel, w += kTaps * next_tap) {
      StripPixels seen((kPixels - 1) * kStride + kTaps, x, kTaps > 1 ? s.pixel : s.step);
      if (s.left) seen.first = kZeros;
      if (s.right) seen.last = kZeros;
      for (std::int64_t c = 0; c < s.channels; ++c) {
        value.choose(c);
        add_taps<kPixels, kTaps, kStride>(value, mask, seen, w + c * s.width, next_tap, sum);
      }
    }
    if (kTaps == 1) continue;
    for (; j < s.taps; ++j, x += s.pixel, w += next_tap)
      for (std::int64_t c = 0; c < s.channels; ++c) {
        value.choose(c);
        add_taps<kPixels, 1, 1>(value, mask, StripPixels(kPixels, x, s.step), w + c * s.width, next_tap, sum);
      }
  }
  if (s.relu) {
    HWY_UNROLL(32) for (int p = 0; p < kPixels; ++p) {
      sum[p] = hn::IfThenZeroElse(hn::Lt(sum[p], hn::Zero(Reals())), sum[p]);
    }
  }
  HWY_UNROLL(32) for (int p = 0; p < kPixels; ++p) { store_lanes(sum[p], mask, Reals(), s.y + lane + p * s.y_step); }
}

template <int kTaps, int kStride, class Value, int... kLess>
constexpr auto strips(std::integer_sequence<int, kLess...>) {
  return std::array{&strip<kLess + 1, kTaps, kStride, Value>...};
}

/// All results of a chunk. `s` says what its strips have in common, and where the first result and its window are;
/// windows of neighbouring rows are `row` apart.
template <int kTaps, int kStride, class Value>
void convolve(const GroupBlock& b, std::int64_t window_row, GroupStrip s, Value value) {
  static constexpr auto kStrip = strips<kTaps, kStride, Value>(std::make_integer_sequence<int, kMostPixels>());
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
  const WindowAxis& down = b.walk.rows;
  const std::int64_t columns = b.walk.columns.count, parts = pieces(columns, kMostPixels);
  const GroupStrip all = s;
  for (std::int64_t row = 0; row < b.rows; ++row) {
    const Inside inside((b.first + row) * down.step + down.first, down.tap_step, down.taps, b.walk.source_h);
    s.tap_rows = inside.end - inside.begin;
    s.w = all.w + inside.begin * s.taps * s.channels * s.width;
    const real* x = all.x + row * window_row + inside.begin * s.row;
    real* y = all.y + row * b.y_row;
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t column = columns * part / parts, count = columns * (part + 1) / parts - column;
      s.left = all.left && part == 0;
      s.right = all.right && part == parts - 1;
      s.x = x + column * s.step;
      s.y = y + column * s.y_step;
      for (std::int64_t lane = 0; lane < s.width; lane += lanes)
        kStrip[static_cast<std::size_t>(count - 1)](s, value, lane);
    }
  }
}

template <class Value>
void convolve_chunk(const GroupBlock& b, std::int64_t window_row, const GroupStrip& s, const Value& value) {
  const WindowAxis& across = b.walk.columns;
  if (across.tap_step == 1 && across.step == 1 && s.taps >= 3) return convolve<3, 1>(b, window_row, s, value);
  if (across.tap_step == 1 && across.step == 1 && s.taps == 2) return convolve<2, 1>(b, window_row, s, value);
  if (across.tap_step == 1 && across.step == 2 && s.taps >= 3) return convolve<3, 2>(b, window_row, s, value);
  convolve<1, 1>(b, window_row, s, value);
}

void convolve_block(const GroupBlock& b) {
  const Groups& groups = b.groups;
  const std::int64_t most = groups_in_register(groups.channels, groups.filters);
  const WindowAxis& across = b.walk.columns;
  for (std::int64_t group = 0; group < groups.count; group += most) {
    const std::int64_t count = HWY_MIN(most, groups.count - group), filter = group * groups.filters;
    WindowWalk walk = b.walk;
    walk.channels = count * groups.channels;
    const WindowSource source = chunk_source(walk, b.image + group * groups.channels, b.first, b.rows, b.copy);
    const std::int64_t row = source.width * source.pitch;
    const bool copied = source.data == b.copy;
    const GroupStrip s{.x = source.data,
                       .row = walk.rows.tap_step * row,
                       .pixel = across.tap_step * source.pitch,
                       .step = across.step * source.pitch,
                       .tap_rows = 0,
                       .taps = across.taps,
                       .channels = groups.channels,
                       .w = b.weights + filter * groups.channels * walk.tap_count(),
                       .width = count * groups.filters,
                       .bias = b.bias != nullptr ? b.bias + filter : nullptr,
                       .relu = b.relu,
                       .accumulate = b.accumulate,
                       .left = !copied && across.first < 0,
                       .right = !copied && across.first + across.reach(across.count) > walk.source_w,
                       .y = b.y + filter,
                       .y_step = b.y_pixel};
    if (most > 1)
      convolve_chunk(b, walk.rows.step * row, s, SpreadValue(groups.channels, groups.filters, count));
    else if constexpr (kSomeAlone)
      convolve_chunk(b, walk.rows.step * row, s, SameValue());
  }
}

std::int64_t together(std::int64_t channels, std::int64_t filters) { return groups_in_register(channels, filters); }

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(convolve_block);
HWY_EXPORT(together);

void convolve_groups(const GroupBlock& block) { HWY_DYNAMIC_DISPATCH(convolve_block)(block); }

std::int64_t groups_together(const Groups& groups) {
  return HWY_DYNAMIC_DISPATCH(together)(groups.channels, groups.filters);
}

}  // namespace cnnctl::kernels
#endif
