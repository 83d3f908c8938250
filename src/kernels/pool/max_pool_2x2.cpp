// Each value belongs to one window at most, so the gradient is written window by window, and nothing is searched.
#include "kernels/pool/max_pool_2x2.hpp"

#include <algorithm>

#include "kernels/pool/pool_window.hpp"
#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pool/max_pool_2x2.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/pool/max_pool_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Calls body(d, c) for the channels c, c + lanes ... of an image.
template <class Body>
HWY_INLINE void for_channels(std::int64_t channels, const Body& body) {
  const Narrow few;
  if (channels <= static_cast<std::int64_t>(hn::Lanes(few))) return body(few, 0);
  for (std::int64_t c = 0; c < channels; c += static_cast<std::int64_t>(hn::Lanes(Reals()))) body(Reals(), c);
}

/// One row of y (OW, C) from two rows of x, for the channels from c on that D holds.
template <bool kWinners, class D>
HWY_INLINE void pool_row(D d, const PoolGeometry& g, std::int64_t c, const real* x, real* y, std::uint8_t* winners) {
  const auto mask = hn::FirstN(d, static_cast<std::size_t>(g.channels - c));
  const std::int64_t pixel = g.channels, below = g.width * pixel, padded = padded_channels(g);
  for (std::int64_t ow = 0; ow < g.out_width; ++ow) {
    const real* corner = x + 2 * ow * pixel + c;
    auto best = hn::MaskedLoad(mask, d, corner), place = hn::Zero(d);
    challenge(hn::MaskedLoad(mask, d, corner + pixel), hn::Set(d, 1), &best, &place);
    challenge(hn::MaskedLoad(mask, d, corner + below), hn::Set(d, 2), &best, &place);
    challenge(hn::MaskedLoad(mask, d, corner + below + pixel), hn::Set(d, 3), &best, &place);
    store_lanes(best, mask, d, y + ow * pixel + c);
    if (kWinners) store_places(d, place, winners + ow * padded + c);
  }
}

/// Two rows of dx (W, C) from one row of dy, for the channels from c on that D holds.
template <bool kAccumulate, class D>
HWY_INLINE void unpool_row(D d, const PoolGeometry& g, std::int64_t c, const real* dy, const std::uint8_t* winners,
                           real* dx) {
  const auto mask = hn::FirstN(d, static_cast<std::size_t>(g.channels - c));
  const std::int64_t pixel = g.channels, below = g.width * pixel, padded = padded_channels(g);
  for (std::int64_t ow = 0; ow < g.out_width; ++ow) {
    const auto gradient = hn::MaskedLoad(mask, d, dy + ow * pixel + c);
    const auto winner = load_places(d, winners + ow * padded + c);
    real* corner = dx + 2 * ow * pixel + c;
    const auto give = [=](real place, real* to) HWY_ATTR {
      const auto share = hn::IfThenElseZero(hn::Eq(winner, hn::Set(d, place)), gradient);
      store_lanes(kAccumulate ? hn::Add(hn::MaskedLoad(mask, d, to), share) : share, mask, d, to);
    };
    give(0, corner);
    give(1, corner + pixel);
    give(2, corner + below);
    give(3, corner + below + pixel);
  }
}

/// Rows [first, first + count) of the output, all images' rows counted through.
void pool_rows(const PoolGeometry& g, std::int64_t first, std::int64_t count, const real* x, real* y,
               std::uint8_t* winners) {
  const std::int64_t in = g.width * g.channels, out = g.out_width * g.channels;
  for (std::int64_t r = first; r < first + count; ++r) {
    const real* from = x + (r / g.out_height * g.height + r % g.out_height * 2) * in;
    for_channels(g.channels, [&](auto d, std::int64_t c) HWY_ATTR {
      if (winners != nullptr)
        pool_row<true>(d, g, c, from, y + r * out, winners + r * g.out_width * padded_channels(g));
      else
        pool_row<false>(d, g, c, from, y + r * out, nullptr);
    });
  }
}

void unpool_rows(const PoolGeometry& g, std::int64_t first, std::int64_t count, const real* dy,
                 const std::uint8_t* winners, real* dx, bool accumulate) {
  const std::int64_t in = g.width * g.channels, out = g.out_width * g.channels;
  for (std::int64_t r = first; r < first + count; ++r) {
    const std::int64_t oh = r % g.out_height, rows = oh + 1 == g.out_height ? g.height - 2 * oh : 2;
    real* to = dx + (r / g.out_height * g.height + 2 * oh) * in;
    if (!accumulate && (rows > 2 || g.width > 2 * g.out_width)) std::fill_n(to, rows * in, real{0});
    const std::uint8_t* won = winners + r * g.out_width * padded_channels(g);
    for_channels(g.channels, [&](auto d, std::int64_t c) HWY_ATTR {
      if (accumulate)
        unpool_row<true>(d, g, c, dy + r * out, won, to);
      else
        unpool_row<false>(d, g, c, dy + r * out, won, to);
    });
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(pool_rows);
HWY_EXPORT(unpool_rows);

bool pools_2x2(const PoolGeometry& g) {
  return g.window_h == 2 && g.window_w == 2 && g.stride_h == 2 && g.stride_w == 2 && g.top == 0 && g.left == 0 &&
         2 * g.out_height <= g.height && 2 * g.out_width <= g.width;
}

void max_pool_2x2(const Workers& workers, const PoolGeometry& g, const real* x, real* y, std::byte* winners) {
  auto* places = reinterpret_cast<std::uint8_t*>(winners);
  for_rows(workers, g.n * g.out_height, 2 * g.width * g.channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(pool_rows)(g, first, count, x, y, places);
  });
}

void max_pool_2x2_grad(const Workers& workers, const PoolGeometry& g, const real* dy, const std::byte* winners,
                       real* dx, bool accumulate) {
  const auto* places = reinterpret_cast<const std::uint8_t*>(winners);
  for_rows(workers, g.n * g.out_height, 2 * g.width * g.channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(unpool_rows)(g, first, count, dy, places, dx, accumulate);
  });
}

}  // namespace cnnctl::kernels
#endif
