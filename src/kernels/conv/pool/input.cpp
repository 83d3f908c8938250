// Input gradient of a convolution with max pooling behind it: a value of dy sends its channel's weights back to the
// winner's window. Windows stand in memory one by one, so that every access is a whole register; then they, which
// overlap in dx, are added up.
#include <algorithm>

#include "kernels/conv/pool/conv_pool.hpp"
#include "kernels/conv/pool/geometry.hpp"
#include "kernels/matrix/transpose.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/pool/input.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/conv/pool/forward_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// What the winners send back to kRuns rows of their windows from `run` on, kVectors registers of each from value `at`
/// on, is added to them. weights (K, KH, pitch). Channel by channel: a winner's neighbours are elsewhere, so that no
/// sum waits for the one before.
template <int kRuns, int kVectors, class D>
HWY_INLINE void add_windows(D d, const Winners& g, std::int64_t run, std::int64_t at, const real* weights) {
  constexpr int kSums = kRuns * kVectors;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t row = g.layout.row, pitch = g.layout.pitch, channels = g.k, next = g.of_positions();
  real* const windows = g.windows + run * row + at;
  const real* w = weights + run * pitch + at;
  for (std::int64_t k = 0; k < channels; ++k, w += g.layout.kh * pitch) {
    hn::Vec<D> weight[kSums];
    HWY_UNROLL(10) for (int i = 0; i < kSums; ++i) {
      weight[i] = hn::LoadU(d, w + i / kVectors * pitch + i % kVectors * lanes);
    }
    const std::int32_t* position = g.positions + k;
    for (const real *dy = g.dy + k, *end = dy + g.pixels() * channels; dy != end; dy += channels, position += next) {
      real* won = windows + *position;
      const auto gradient = hn::Set(d, *dy);
      HWY_UNROLL(5) for (int r = 0; r < kRuns; ++r, won += row) {
        HWY_UNROLL(2) for (int v = 0; v < kVectors; ++v) {
          real* to = won + v * lanes;
          hn::StoreU(hn::MulAdd(weight[r * kVectors + v], gradient, hn::LoadU(d, to)), d, to);
        }
      }
    }
  }
}

template <class D>
void scatter_input(D d, const Winners& g, const real* weights) {
  for_tiles(d, g.layout, [&](auto runs, auto vectors, std::int64_t run, std::int64_t at) HWY_ATTR {
    add_windows<decltype(runs)::value, decltype(vectors)::value>(d, g, run, at, weights);
  });
}

/// dx (H, W, C) = the sums of what rows of windows send back, or += with `accumulate`. `taps` (W, KW) says where in a
/// row the values for a pixel are. kTaps: KW where it is known.
template <int kTaps>
HWY_INLINE void add_up(const ConvGeometry& g, const PoolRows& layout, const real* windows, const std::int64_t* taps,
                       bool accumulate, real* dx) {
  const Narrow d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t kw = kTaps > 0 ? kTaps : g.kw, channels = g.c, width = g.w, rows = layout.rows(g.oh / 2);
  for (std::int64_t c = 0; c < channels; c += lanes) {
    const auto mask = hn::FirstN(d, static_cast<std::size_t>(channels - c));
    real* to = dx + c;
    for (std::int64_t y = 0; y < g.h; ++y) {
      const std::int64_t row = y + g.pad_top;
      const real* from = windows + row * layout.row + c;
      const std::int64_t* tap = taps;
      for (std::int64_t x = 0; x < width; ++x, to += channels) {
        auto sum = accumulate ? hn::MaskedLoad(mask, d, to) : hn::Zero(d);
        if (row < rows)
          for (std::int64_t i = 0; i < kw; ++i) sum = hn::Add(sum, hn::LoadU(d, from + *tap++));
        store_lanes(sum, mask, d, to);
      }
    }
  }
}

void scatter_image(const Winners& g, const real* weights) {
  find_positions(g);
  with_register(g.layout, [&](auto d) HWY_ATTR { scatter_input(d, g, weights); });
}

void add_up_image(const ConvGeometry& g, const PoolRows& layout, const real* windows, const std::int64_t* taps,
                  bool accumulate, real* dx) {
  if (g.kw == 5)
    add_up<5>(g, layout, windows, taps, accumulate, dx);
  else
    add_up<0>(g, layout, windows, taps, accumulate, dx);
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(scatter_image);
HWY_EXPORT(add_up_image);

namespace {

/// Where the values for pixels of dx are in a row of windows, (W, KW); where no window reaches, in the last column.
void find_taps(const ConvGeometry& g, const PoolRows& layout, std::int64_t* taps) {
  for (std::int64_t x = 0; x < g.w; ++x)
    for (std::int64_t tap = 0; tap < g.kw; ++tap) {
      const std::int64_t column = x + g.pad_left - tap;
      const bool inside = column >= 0 && column < layout.columns;
      *taps++ = (inside ? column : layout.columns) * layout.pitch + tap * g.c;
    }
}

std::size_t taps_bytes(const ConvGeometry& g) { return static_cast<std::size_t>(g.w * g.kw) * sizeof(std::int64_t); }

}  // namespace

std::size_t conv_pool_input_bytes(const ConvGeometry& g) {
  return PoolRows(g).bytes(g.oh / 2) + winner_positions_bytes(g) + taps_bytes(g);
}

void conv_pool_prepare_input(const ConvGeometry& g, const real* w, real* prepared) {
  const PoolRows layout(g);
  std::fill_n(prepared, conv_pool_sum_values(g), real{0});
  for (std::int64_t i = 0; i < g.kh; ++i)
    transpose(layout.values, g.k, w + i * layout.values * g.k, g.k, prepared + i * layout.pitch, g.kh * layout.pitch);
}

void conv_pool_input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const std::byte* winners,
                              const real* prepared, real* dx, bool accumulate, const ConvScratch& scratch) {
  const PoolRows layout(g);
  workers.run(g.n, [&](std::int64_t n, int worker) {
    real* windows = scratch.of(worker);
    std::byte* positions = reinterpret_cast<std::byte*>(windows) + layout.bytes(g.oh / 2);
    auto* taps = reinterpret_cast<std::int64_t*>(positions + winner_positions_bytes(g));
    std::fill_n(windows, layout.rows(g.oh / 2) * layout.row, real{0});
    find_taps(g, layout, taps);
    HWY_DYNAMIC_DISPATCH(scatter_image)(winners_of(g, n, 0, g.oh / 2, dy, winners, windows, positions), prepared);
    HWY_DYNAMIC_DISPATCH(add_up_image)(g, layout, windows, taps, accumulate, dx + n * g.h * g.w * g.c);
  });
}

}  // namespace cnnctl::kernels
#endif
