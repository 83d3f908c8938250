#include <algorithm>

#include "kernels/pool/adaptive_pool.hpp"
#include "kernels/pool/adaptive_window.hpp"
#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pool/adaptive_max_pool.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/pool/max_pool_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Channels of one pixel of `winners`: whole registers, so that none is written twice.
std::int64_t in_registers(std::int64_t channels) { return (channels + 15) / 16 * 16; }

/// Rows [first, first + count) of the output, all images' rows counted through.
template <class Place>
void largest_rows(const AdaptivePoolGeometry& g, std::int64_t first, std::int64_t count, const real* x, real* y,
                  Place* winners) {
  for (std::int64_t r = first; r < first + count; ++r) {
    const std::int64_t image = r / g.out_height;
    const AdaptiveRange rows = covered(r % g.out_height, g.out_height, g.height);
    for (std::int64_t ow = 0; ow < g.out_width; ++ow) {
      const AdaptiveRange columns = covered(ow, g.out_width, g.width);
      const real* const corner = x + ((image * g.height + rows.first) * g.width + columns.first) * g.channels;
      const std::int64_t out = r * g.out_width + ow;
      for_lanes(g.channels, [=, &g](std::int64_t c, auto io) HWY_ATTR {
        Vector best = io.load(corner + c), place = hn::Zero(Reals());
        for (std::int64_t i = 0; i < rows.size(); ++i)
          for (std::int64_t j = 0; j < columns.size(); ++j)
            challenge(io.load(corner + (i * g.width + j) * g.channels + c),
                      fill(static_cast<real>(i * columns.size() + j)), &best, &place);
        io.store(best, y + out * g.channels + c);
        if (winners != nullptr) store_places(Reals(), place, winners + out * in_registers(g.channels) + c);
      });
    }
  }
}

/// Rows [first, first + count) of dx, all images' rows counted through.
template <class Place>
void largest_grad_rows(const AdaptivePoolGeometry& g, std::int64_t first, std::int64_t count, const real* dy,
                       const Place* winners, real* dx, bool accumulate) {
  for (std::int64_t r = first; r < first + count; ++r) {
    const std::int64_t image = r / g.height, h = r % g.height;
    const AdaptiveRange rows = covered(h, g.height, g.out_height);
    for (std::int64_t w = 0; w < g.width; ++w) {
      const AdaptiveRange columns = covered(w, g.width, g.out_width);
      real* const to = dx + (r * g.width + w) * g.channels;
      for_lanes(g.channels, [=, &g](std::int64_t c, auto io) HWY_ATTR {
        Vector total = accumulate ? io.load(to + c) : hn::Zero(Reals());
        for (std::int64_t oh = rows.first; oh < rows.last; ++oh) {
          const std::int64_t top = covered(oh, g.out_height, g.height).first;
          for (std::int64_t ow = columns.first; ow < columns.last; ++ow) {
            const AdaptiveRange window = covered(ow, g.out_width, g.width);
            const std::int64_t out = (image * g.out_height + oh) * g.out_width + ow;
            const std::int64_t place = (h - top) * window.size() + w - window.first;
            const auto won = hn::Eq(load_places(Reals(), winners + out * in_registers(g.channels) + c),
                                    fill(static_cast<real>(place)));
            total = hn::Add(total, hn::IfThenElseZero(won, io.load(dy + out * g.channels + c)));
          }
        }
        io.store(total, to + c);
      });
    }
  }
}

void adaptive_max_rows(const AdaptivePoolGeometry& g, std::int64_t first, std::int64_t count, const real* x, real* y,
                       std::byte* winners) {
  if (g.places() > 256)
    largest_rows(g, first, count, x, y, reinterpret_cast<std::uint16_t*>(winners));
  else
    largest_rows(g, first, count, x, y, reinterpret_cast<std::uint8_t*>(winners));
}

void adaptive_max_grad_rows(const AdaptivePoolGeometry& g, std::int64_t first, std::int64_t count, const real* dy,
                            const std::byte* winners, real* dx, bool accumulate) {
  if (g.places() > 256)
    largest_grad_rows(g, first, count, dy, reinterpret_cast<const std::uint16_t*>(winners), dx, accumulate);
  else
    largest_grad_rows(g, first, count, dy, reinterpret_cast<const std::uint8_t*>(winners), dx, accumulate);
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(adaptive_max_rows);
HWY_EXPORT(adaptive_max_grad_rows);

std::int64_t AdaptivePoolGeometry::places() const {
  std::int64_t most_rows = 1, most_columns = 1;
  for (std::int64_t oh = 0; oh < out_height; ++oh)
    most_rows = std::max(most_rows, covered(oh, out_height, height).size());
  for (std::int64_t ow = 0; ow < out_width; ++ow)
    most_columns = std::max(most_columns, covered(ow, out_width, width).size());
  return most_rows * most_columns;
}

std::size_t adaptive_max_pool_winners(const AdaptivePoolGeometry& g) {
  const std::int64_t channels = (g.channels + 15) / 16 * 16;
  return static_cast<std::size_t>(g.n * g.out_height * g.out_width * channels) * (g.places() > 256 ? 2 : 1);
}

void adaptive_max_pool(const Workers& workers, const AdaptivePoolGeometry& g, const real* x, real* y,
                       std::byte* winners) {
  const std::int64_t read = g.height * g.width / g.out_height + g.out_width;
  for_rows(workers, g.n * g.out_height, read * g.channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(adaptive_max_rows)(g, first, count, x, y, winners);
  });
}

void adaptive_max_pool_grad(const Workers& workers, const AdaptivePoolGeometry& g, const real* dy,
                            const std::byte* winners, real* dx, bool accumulate) {
  for_rows(workers, g.n * g.height, g.width * g.channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(adaptive_max_grad_rows)(g, first, count, dy, winners, dx, accumulate);
  });
}

}  // namespace cnnctl::kernels
#endif
