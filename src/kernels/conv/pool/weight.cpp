// Weight gradient of a convolution with max pooling behind it: a value of dy multiplies the values of x in the winner's
// window. Lanes run over a row of the window, and windows stand in memory one by one, so that every access is a whole
// register.
#include <algorithm>

#include "kernels/conv/pool/conv_pool.hpp"
#include "kernels/conv/pool/geometry.hpp"
#include "kernels/conv/walk.hpp"
#include "kernels/matrix/transpose.hpp"
#include "kernels/pointwise/reduce.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/pool/weight.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/conv/pool/forward_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

constexpr int kMostSums = 10;

/// sum (K, KH, pitch) += the share of kRuns rows of the window from `run` on, kVectors registers of each from value
/// `at` on, for kChannels channels from k on.
template <int kChannels, int kRuns, int kVectors, class D>
HWY_INLINE void add_weights(D d, const Winners& g, std::int64_t run, std::int64_t at, std::int64_t k, real* dw) {
  constexpr int kSums = kRuns * kVectors;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t row = g.layout.row, channels = g.k, next = g.of_positions();
  const real* const windows = g.windows + run * row + at;
  const std::int32_t* position = g.positions + k;
  hn::Vec<D> sum[kChannels][kSums];
  HWY_UNROLL(2) for (int c = 0; c < kChannels; ++c) {
    HWY_UNROLL(10) for (int i = 0; i < kSums; ++i) { sum[c][i] = hn::Zero(d); }
  }
  for (const real *dy = g.dy + k, *end = dy + g.pixels() * channels; dy != end; dy += channels, position += next) {
    HWY_UNROLL(2) for (int c = 0; c < kChannels; ++c) {
      const real* won = windows + position[c];
      const auto gradient = hn::Set(d, dy[c]);
      HWY_UNROLL(10) for (int i = 0; i < kSums; ++i) {
        sum[c][i] = hn::MulAdd(hn::LoadU(d, won + i / kVectors * row + i % kVectors * lanes), gradient, sum[c][i]);
      }
    }
  }
  HWY_UNROLL(2) for (int c = 0; c < kChannels; ++c) {
    HWY_UNROLL(10) for (int i = 0; i < kSums; ++i) {
      real* to = dw + ((k + c) * g.layout.kh + run + i / kVectors) * g.layout.pitch + at + i % kVectors * lanes;
      hn::StoreU(hn::Add(hn::LoadU(d, to), sum[c][i]), d, to);
    }
  }
}

template <class D>
void gather_weights(D d, const Winners& g, real* dw) {
  for_tiles(d, g.layout, [&](auto runs, auto vectors, std::int64_t run, std::int64_t at) HWY_ATTR {
    constexpr int kRuns = decltype(runs)::value, kVectors = decltype(vectors)::value;
    constexpr int kChannels = 2 * kRuns * kVectors <= kMostSums ? 2 : 1;
    std::int64_t k = 0;
    for (; k + kChannels <= g.k; k += kChannels) add_weights<kChannels, kRuns, kVectors>(d, g, run, at, k, dw);
    for (; k < g.k; ++k) add_weights<1, kRuns, kVectors>(d, g, run, at, k, dw);
  });
}

/// windows (rows, columns, pitch) from rows of an image `image_row` apart, whose pixels have `channels` values. What
/// fills up the registers is zero. Of short registers some hold nothing but that; behind the image may be another
/// worker's memory or none at all, and not every machine's masked load leaves alone what is masked.
template <class D>
void spread_windows(D d, const PoolRows& layout, std::int64_t rows, std::int64_t channels, const real* image,
                    std::int64_t image_row, real* windows) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t pitch = layout.pitch, columns = layout.columns;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t i = 0; i < pitch; i += lanes) {
      real* to = windows + row * layout.row + i;
      if (i >= layout.values) {
        for (std::int64_t column = 0; column < columns; ++column, to += pitch) hn::StoreU(hn::Zero(d), d, to);
        continue;
      }
      const auto mask = hn::FirstN(d, static_cast<std::size_t>(layout.values - i));
      const real* from = image + row * image_row + i;
      for (std::int64_t column = 0; column < columns; ++column, from += channels, to += pitch)
        hn::StoreU(hn::MaskedLoad(mask, d, from), d, to);
    }
}

void gather_block(const Winners& g, std::int64_t channels, const real* image, std::int64_t image_row, real* dw) {
  find_positions(g);
  with_register(g.layout, [&](auto d) HWY_ATTR {
    spread_windows(d, g.layout, g.layout.rows(g.rows), channels, image, image_row, g.windows);
    gather_weights(d, g, dw);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(gather_block);

namespace {

constexpr std::size_t kBlockBytes = 20 * 1024;  // of windows, which are read again for every channel

/// Rows of pooled results whose windows are in memory at once, for the weights.
std::int64_t block_of(const ConvGeometry& g) {
  const PoolRows layout(g);
  std::int64_t block = g.oh / 2;
  while (block > 1 && layout.bytes(block) > kBlockBytes) --block;
  return block;
}

std::size_t copy_bytes(const ConvGeometry& g) { return aligned(forward_walk(g).copy_bytes(2 * block_of(g))); }

}  // namespace

std::size_t conv_pool_weight_bytes(const ConvGeometry& g) {
  return PoolRows(g).bytes(block_of(g)) + winner_positions_bytes(g) + copy_bytes(g);
}

std::int64_t conv_pool_sum_values(const ConvGeometry& g) { return g.k * g.kh * PoolRows(g).pitch; }

void conv_pool_add_weights(const ConvGeometry& g, const real* x, const real* dy, const std::byte* winners, real* sum,
                           std::byte* scratch) {
  const WindowWalk walk = forward_walk(g);
  const PoolRows layout(g);
  const std::int64_t block = block_of(g);
  std::byte* const positions = scratch + layout.bytes(block);
  auto* const windows = reinterpret_cast<real*>(scratch);
  auto* const copy = reinterpret_cast<real*>(positions + winner_positions_bytes(g));
  for (std::int64_t n = 0; n < g.n; ++n)
    for (std::int64_t first = 0; first < g.oh / 2; first += block) {
      const std::int64_t rows = std::min(block, g.oh / 2 - first);
      const WindowSource source = window_source(walk, x + n * g.h * g.w * g.c, 2 * first, 2 * rows, copy);
      HWY_DYNAMIC_DISPATCH(gather_block)
      (winners_of(g, n, first, rows, dy, winners, windows, positions), g.c, source.data, source.width * source.pitch,
       sum);
    }
}

void conv_pool_join_weights(const Workers& workers, const ConvGeometry& g, std::int64_t sums, real* all, real* dw) {
  const PoolRows layout(g);
  join_sums(workers, sums, conv_pool_sum_values(g), all, all);
  for (std::int64_t i = 0; i < g.kh; ++i)
    transpose(g.k, layout.values, all + i * layout.pitch, g.kh * layout.pitch, dw + i * layout.values * g.k, g.k);
}

}  // namespace cnnctl::kernels
#endif
