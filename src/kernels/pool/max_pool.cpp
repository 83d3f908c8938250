#include "kernels/pool/max_pool_2x2.hpp"
#include "kernels/pool/pool.hpp"
#include "kernels/pool/pool_window.hpp"
#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pool/max_pool.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/pool/max_pool_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// The largest value of one window and its place. `x` is the window's first place (which may be padding), `row` and
/// `pixel` are distances in memory.
template <class Io>
HWY_INLINE void window_max(const Io& io, const real* x, std::int64_t row, std::int64_t pixel, Span h, Span w,
                           std::int64_t window_w, Vector* best, Vector* place) {
  *best = io.load(x + h.first * row + w.first * pixel);
  *place = fill(static_cast<real>(h.first * window_w + w.first));
  for (std::int64_t i = h.first; i < h.last; ++i) {
    for (std::int64_t j = w.first; j < w.last; ++j)
      challenge(io.load(x + i * row + j * pixel), fill(static_cast<real>(i * window_w + j)), best, place);
  }
}

/// Rows [first, first + count) of the output, all images' rows counted through.
template <class Place>
void max_rows(const PoolGeometry& g, std::int64_t first, std::int64_t count, const real* x, real* y, Place* winners) {
  const std::int64_t row = g.width * g.channels, padded = padded_channels(g);
  for (std::int64_t r = first; r < first + count; ++r) {
    const std::int64_t image = r / g.out_height, top = r % g.out_height * g.stride_h - g.top;
    const Span rows = inside(top, g.window_h, g.height);
    for (std::int64_t ow = 0; ow < g.out_width; ++ow) {
      const std::int64_t left = ow * g.stride_w - g.left, out = r * g.out_width + ow;
      const Span columns = inside(left, g.window_w, g.width);
      const real* corner = x + (image * g.height + top) * row + left * g.channels;
      for_lanes(g.channels, [=, &g](std::int64_t c, auto io) HWY_ATTR {
        Vector best, place;
        window_max(io, corner + c, row, g.channels, rows, columns, g.window_w, &best, &place);
        io.store(best, y + out * g.channels + c);
        if (winners != nullptr) store_places(Reals(), place, winners + out * padded + c);
      });
    }
  }
}

/// Rows [first, first + count) of dx, all images' rows counted through.
template <class Place>
void max_grad_rows(const PoolGeometry& g, std::int64_t first, std::int64_t count, const real* dy, const Place* winners,
                   real* dx, bool accumulate) {
  const std::int64_t padded = padded_channels(g);
  for (std::int64_t r = first; r < first + count; ++r) {
    const std::int64_t image = r / g.height, h = r % g.height + g.top;
    const Span rows = windows_at(h, g.window_h, g.stride_h, g.out_height);
    Span columns{0, 0};
    for (std::int64_t column = 0; column < g.width; ++column) {
      const std::int64_t w = column + g.left;
      advance(columns, w, g.window_w, g.stride_w, g.out_width);
      real* to = dx + (r * g.width + column) * g.channels;
      for_lanes(g.channels, [=, &g](std::int64_t c, auto io) HWY_ATTR {
        Vector total = accumulate ? io.load(to + c) : hn::Zero(Reals());
        for (std::int64_t oh = rows.first; oh < rows.last; ++oh) {
          for (std::int64_t ow = columns.first; ow < columns.last; ++ow) {
            const std::int64_t out = (image * g.out_height + oh) * g.out_width + ow;
            const std::int64_t place = (h - oh * g.stride_h) * g.window_w + w - ow * g.stride_w;
            const auto won = hn::Eq(load_places(Reals(), winners + out * padded + c), fill(static_cast<real>(place)));
            total = hn::Add(total, hn::IfThenElseZero(won, io.load(dy + out * g.channels + c)));
          }
        }
        io.store(total, to + c);
      });
    }
  }
}

void max_pool_rows(const PoolGeometry& g, std::int64_t first, std::int64_t count, const real* x, real* y,
                   std::byte* winners) {
  if (wide_places(g))
    max_rows(g, first, count, x, y, reinterpret_cast<std::uint16_t*>(winners));
  else
    max_rows(g, first, count, x, y, reinterpret_cast<std::uint8_t*>(winners));
}

void max_pool_grad_rows(const PoolGeometry& g, std::int64_t first, std::int64_t count, const real* dy,
                        const std::byte* winners, real* dx, bool accumulate) {
  if (wide_places(g))
    max_grad_rows(g, first, count, dy, reinterpret_cast<const std::uint16_t*>(winners), dx, accumulate);
  else
    max_grad_rows(g, first, count, dy, reinterpret_cast<const std::uint8_t*>(winners), dx, accumulate);
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(max_pool_rows);
HWY_EXPORT(max_pool_grad_rows);

std::size_t max_pool_winners(const PoolGeometry& g) {
  return static_cast<std::size_t>(g.n * g.out_height * g.out_width * padded_channels(g)) * (wide_places(g) ? 2 : 1);
}

void max_pool(const Workers& workers, const PoolGeometry& g, const real* x, real* y, std::byte* winners) {
  if (pools_2x2(g)) return max_pool_2x2(workers, g, x, y, winners);
  for_rows(workers, g.n * g.out_height, g.width * g.stride_h * g.channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(max_pool_rows)(g, first, count, x, y, winners);
  });
}

void max_pool_grad(const Workers& workers, const PoolGeometry& g, const real* dy, const std::byte* winners, real* dx,
                   bool accumulate) {
  if (pools_2x2(g)) return max_pool_2x2_grad(workers, g, dy, winners, dx, accumulate);
  for_rows(workers, g.n * g.height, g.width * g.channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(max_pool_grad_rows)(g, first, count, dy, winners, dx, accumulate);
  });
}

}  // namespace cnnctl::kernels
#endif
