// Weight gradient of convolutions in narrow groups. Lanes run over the filters of several groups, as in the forward
// pass; the sums of a few taps and channels stay in registers over a block of pixels of x. A pixel meets all results
// that see it: so it is x that is permuted, once for all taps, and dy that is copied with zeros around it.
#include <algorithm>

#include "kernels/conv/families.hpp"
#include "kernels/conv/groups/groups.hpp"
#include "kernels/conv/window/phases.hpp"
#include "kernels/pointwise/reduce.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/groups/groups_weight.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/conv/groups/group_lanes_inl.hpp"

#ifndef CNNCTL_KERNELS_CONV_GROUPS_WEIGHT_ONCE
#define CNNCTL_KERNELS_CONV_GROUPS_WEIGHT_ONCE
namespace cnnctl::kernels {
namespace {

/// A block of rows of x, of those pixels that meet the same taps (one phase, see conv_phases.hpp), and what they meet
/// in dy.
struct GroupPixels {
  const real* x;
  std::int64_t x_row, x_pixel;  // from pixel to pixel of the phase
  const real* dy;               // what the first pixel meets with the first tap
  std::int64_t dy_row, dy_pixel;
  std::int64_t tap_row, tap;  // from tap to tap in dy
  std::int64_t tap_rows, taps;
  std::int64_t rows, columns;
  std::int64_t channels, width;       // of a group, and filters of the chunk
  real* sum;                          // of the first tap: (channels, width), added to
  std::int64_t sum_tap_row, sum_tap;  // from tap to tap
};

}  // namespace
}  // namespace cnnctl::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Sums in registers: with the values of x and one of dy no more than there are registers.
constexpr int kMostSums = by_registers(1, 12, 18);

/// The sums of kRows x kTaps taps from (i, j) on and kChannels channels from c on, for lanes from `lane` on.
template <int kRows, int kTaps, int kChannels, class Value>
HWY_INLINE void gather(const GroupPixels& p, const Value& value, std::int64_t i, std::int64_t j, std::int64_t c,
                       std::int64_t lane) {
  const auto mask = hn::FirstN(Reals(), static_cast<std::size_t>(p.width - lane));
  Vector sum[kRows * kTaps][kChannels];
  HWY_UNROLL(9) for (int t = 0; t < kRows * kTaps; ++t) {
    HWY_UNROLL(4) for (int k = 0; k < kChannels; ++k) sum[t][k] = hn::Zero(Reals());
  }
  Value values[kChannels];
  HWY_UNROLL(4) for (int k = 0; k < kChannels; ++k) {
    values[k] = value;
    values[k].choose(c + k);
  }
  const std::int64_t x_pixel = p.x_pixel, dy_pixel = p.dy_pixel, tap = p.tap;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const real* x = p.x + row * p.x_row;
    const real* dy[kRows];
    HWY_UNROLL(3) for (int r = 0; r < kRows; ++r) dy[r] = p.dy + row * p.dy_row + (i + r) * p.tap_row + j * tap + lane;
    for (std::int64_t column = 0; column < p.columns; ++column, x += x_pixel) {
      Vector from_x[kChannels];
      HWY_UNROLL(4) for (int k = 0; k < kChannels; ++k) from_x[k] = values[k](x);
      HWY_UNROLL(9) for (int t = 0; t < kRows * kTaps; ++t) {
        const Vector gradient = hn::MaskedLoad(mask, Reals(), dy[t / kTaps] + t % kTaps * tap);
        HWY_UNROLL(4) for (int k = 0; k < kChannels; ++k) sum[t][k] = hn::MulAdd(from_x[k], gradient, sum[t][k]);
      }
      HWY_UNROLL(3) for (int r = 0; r < kRows; ++r) dy[r] += dy_pixel;
    }
  }
  HWY_UNROLL(9) for (int t = 0; t < kRows * kTaps; ++t) {
    HWY_UNROLL(4) for (int k = 0; k < kChannels; ++k) {
      real* to = p.sum + (i + t / kTaps) * p.sum_tap_row + (j + t % kTaps) * p.sum_tap + (c + k) * p.width + lane;
      store_lanes(hn::Add(hn::MaskedLoad(mask, Reals(), to), sum[t][k]), mask, Reals(), to);
    }
  }
}

/// gather() for all channels, as many at a time as the sums of the taps leave room for.
template <int kRows, int kTaps, class Value>
void gather_channels(const GroupPixels& p, const Value& value, std::int64_t i, std::int64_t j) {
  constexpr int kFit = kMostSums / (kRows * kTaps), kMost = kFit >= 4 ? 4 : kFit >= 2 ? 2 : 1;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
  for (std::int64_t lane = 0; lane < p.width; lane += lanes) {
    std::int64_t c = 0;
    for (; c + kMost <= p.channels; c += kMost) gather<kRows, kTaps, kMost>(p, value, i, j, c, lane);
    if (kMost > 2 && c + 2 <= p.channels) {
      gather<kRows, kTaps, 2>(p, value, i, j, c, lane);
      c += 2;
    }
    for (; c < p.channels; ++c) gather<kRows, kTaps, 1>(p, value, i, j, c, lane);
  }
}

template <class Value>
void gather_taps(const GroupPixels& p, const Value& value) {
  std::int64_t j = 0;
  for (; j + 3 <= p.taps; j += 3) {
    std::int64_t i = 0;
    for (; i + 3 <= p.tap_rows; i += 3) gather_channels<3, 3>(p, value, i, j);
    for (; i < p.tap_rows; ++i) gather_channels<1, 3>(p, value, i, j);
  }
  for (std::int64_t i = 0; i < p.tap_rows && j < p.taps; ++i)
    if (j + 2 == p.taps)
      gather_channels<1, 2>(p, value, i, j);
    else
      gather_channels<1, 1>(p, value, i, j);
}

void gather_block(const GroupPixels& p, const Groups& groups) {
  if (p.width > groups.filters || groups_in_register(groups.channels, groups.filters) > 1)
    gather_taps(p, SpreadValue(groups.channels, groups.filters, p.width / groups.filters));
  else if constexpr (kSomeAlone)
    gather_taps(p, SameValue());
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(gather_block);

namespace {

constexpr std::int64_t kCopiedValues = 8 * 1024;  // of dy in a block: it is read again for every few channels

Groups groups_of(const ConvGeometry& g) { return {g.groups, g.group_c(), g.group_k()}; }

/// Calls body(rows, columns, walk) for the phases; the walks are for groups that share a register.
template <class Body>
void for_met_phases(const ConvGeometry& g, const Body& body) {
  for_phases(g, groups_of(g).most_together(g.group_k()), body);
}

/// Rows of x in one block.
std::int64_t block_of(const WindowWalk& walk) {
  const std::int64_t row = walk.columns.reach(walk.columns.count) * walk.channels;
  return std::clamp<std::int64_t>(kCopiedValues / row, 1, walk.rows.count);
}

ConvNeeds needs(const ConvGeometry& g) {
  ConvNeeds needs;
  for_met_phases(g, [&](const Phase&, const Phase&, const WindowWalk& walk) {
    needs.worker = std::max(needs.worker, walk.copy_bytes(block_of(walk)));
  });
  return needs;
}

/// sum, in the order of packed weights, += the share of one phase of an image.
void add_phase(const ConvGeometry& g, WindowWalk walk, const Phase& rows, const Phase& columns, const real* image,
               const real* dy, real* sum, real* copy) {
  const Groups groups = groups_of(g);
  const std::int64_t block = block_of(walk), most = groups_together(groups);
  const real* corner = image + (rows.first * g.w + columns.first) * g.c;
  for (std::int64_t first = 0; first < rows.count; first += block)
    for (std::int64_t group = 0; group < groups.count; group += most) {
      const std::int64_t filter = group * groups.filters;
      walk.channels = std::min(most, groups.count - group) * groups.filters;
      const std::int64_t count = std::min(block, rows.count - first), tap = groups.channels * walk.channels;
      const WindowSource source = window_source(walk, dy + filter, first, count, copy);
      const std::int64_t dy_row = source.width * source.pitch;
      HWY_DYNAMIC_DISPATCH(gather_block)
      ({.x = corner + first * g.stride_h * g.w * g.c + group * groups.channels,
        .x_row = g.stride_h * g.w * g.c,
        .x_pixel = g.stride_w * g.c,
        .dy = source.data,
        .dy_row = dy_row,
        .dy_pixel = source.pitch,
        .tap_row = walk.rows.tap_step * dy_row,
        .tap = walk.columns.tap_step * source.pitch,
        .tap_rows = rows.taps,
        .taps = columns.taps,
        .rows = count,
        .columns = columns.count,
        .channels = groups.channels,
        .width = walk.channels,
        .sum = sum + filter * groups.channels * g.taps() + (rows.last_tap * g.kw + columns.last_tap) * tap,
        .sum_tap_row = -rows.step * g.kw * tap,
        .sum_tap = -columns.step * tap},
       groups);
    }
}

void add(const ConvGeometry& g, const real* x, const real* dy, real* sum, real* scratch) {
  for (std::int64_t n = 0; n < g.n; ++n)
    for_met_phases(g, [&](const Phase& rows, const Phase& columns, const WindowWalk& walk) {
      add_phase(g, walk, rows, columns, x + n * g.h * g.w * g.c, dy + n * g.oh * g.ow * g.k, sum, scratch);
    });
}

void join(const Workers& workers, const ConvGeometry& g, std::int64_t sums, real* all, real* dw) {
  join_sums(workers, sums, g.weight_count(), all, all);
  const std::int64_t tap = g.group_c() * g.group_k();
  const real* packed = all;
  for_group_weights(g.kh, g.kw, groups_of(g),
                    [&](std::int64_t n, std::int64_t i, std::int64_t j, std::int64_t c, std::int64_t k) {
                      dw[((n * g.kh + i) * g.kw + j) * tap + c * g.group_k() + k] = *packed++;
                    });
}

}  // namespace

const ConvWeightGradient kGroupsWeight{"groups", narrow_groups, needs, weight_values, add, join};

}  // namespace cnnctl::kernels
#endif
