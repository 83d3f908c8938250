#include "kernels/cut.hpp"
#include "kernels/pool.hpp"
#include "kernels/pool_window.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/avg_pool.cpp"
#include "kernels/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/row_sums_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// What a window's sum is multiplied with, one factor for each axis. Padding counts only if asked, and never what lies
/// beyond it (`ceil_mode` makes windows reach there).
real axis_share(std::int64_t start, std::int64_t window, std::int64_t size, std::int64_t padding_behind, bool padding) {
  const Span places = inside(start, window, size);
  const std::int64_t length = padding ? std::min(window, size + padding_behind - start) : places.last - places.first;
  return real{1} / static_cast<real>(length);
}

real share(const PoolGeometry& g, bool count_padding, std::int64_t oh, std::int64_t ow) {
  return axis_share(oh * g.stride_h - g.top, g.window_h, g.height, g.bottom, count_padding) *
         axis_share(ow * g.stride_w - g.left, g.window_w, g.width, g.right, count_padding);
}

/// Rows [first, first + count) of the output, all images' rows counted through.
void avg_rows(const PoolGeometry& g, bool count_padding, std::int64_t first, std::int64_t count, const real* x,
              real* y) {
  const std::int64_t row = g.width * g.channels;
  for (std::int64_t r = first; r < first + count; ++r) {
    const std::int64_t image = r / g.out_height, oh = r % g.out_height, top = oh * g.stride_h - g.top;
    const Span rows = inside(top, g.window_h, g.height);
    for (std::int64_t ow = 0; ow < g.out_width; ++ow) {
      const std::int64_t left = ow * g.stride_w - g.left;
      const Span columns = inside(left, g.window_w, g.width);
      const Vector factor = fill(share(g, count_padding, oh, ow));
      const real* corner = x + (image * g.height + top) * row + left * g.channels;
      for_lanes(g.channels, [=, &g](std::int64_t c, auto io) HWY_ATTR {
        Vector total = hn::Zero(Reals());
        for (std::int64_t i = rows.first; i < rows.last; ++i)
          for (std::int64_t j = columns.first; j < columns.last; ++j)
            total = hn::Add(total, io.load(corner + i * row + j * g.channels + c));
        io.store(hn::Mul(total, factor), y + (r * g.out_width + ow) * g.channels + c);
      });
    }
  }
}

/// Rows [first, first + count) of dx, all images' rows counted through.
void avg_grad_rows(const PoolGeometry& g, bool count_padding, std::int64_t first, std::int64_t count, const real* dy,
                   real* dx, bool accumulate) {
  for (std::int64_t r = first; r < first + count; ++r) {
    const std::int64_t image = r / g.height;
    const Span rows = seen_by(r % g.height + g.top, g.window_h, g.stride_h, g.out_height);
    for (std::int64_t column = 0; column < g.width; ++column) {
      const Span columns = seen_by(column + g.left, g.window_w, g.stride_w, g.out_width);
      real* to = dx + (r * g.width + column) * g.channels;
      for_lanes(g.channels, [=, &g](std::int64_t c, auto io) HWY_ATTR {
        Vector total = accumulate ? io.load(to + c) : hn::Zero(Reals());
        for (std::int64_t oh = rows.first; oh < rows.last; ++oh) {
          for (std::int64_t ow = columns.first; ow < columns.last; ++ow) {
            const std::int64_t out = (image * g.out_height + oh) * g.out_width + ow;
            total = hn::MulAdd(io.load(dy + out * g.channels + c), fill(share(g, count_padding, oh, ow)), total);
          }
        }
        io.store(total, to + c);
      });
    }
  }
}

/// Means of images [first, first + count).
void global_means(std::int64_t first, std::int64_t count, std::int64_t pixels, std::int64_t channels, const real* x,
                  real* y) {
  const Vector factor = fill(real{1} / static_cast<real>(pixels));
  for (std::int64_t image = first; image < first + count; ++image) {
    const real* from = x + image * pixels * channels;
    for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
      const Vector total = row_sum(pixels, [=](std::int64_t p) HWY_ATTR { return io.load(from + p * channels + c); });
      io.store(hn::Mul(total, factor), y + image * channels + c);
    });
  }
}

/// Pixels [first, first + count), all images' pixels counted through.
void global_grad(std::int64_t first, std::int64_t count, std::int64_t pixels, std::int64_t channels, const real* dy,
                 real* dx, bool accumulate) {
  const Vector factor = fill(real{1} / static_cast<real>(pixels));
  for (std::int64_t p = first; p < first + count; ++p) {
    const real* from = dy + p / pixels * channels;
    real* to = dx + p * channels;
    for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
      const Vector g = hn::Mul(io.load(from + c), factor);
      io.store(accumulate ? hn::Add(g, io.load(to + c)) : g, to + c);
    });
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(avg_rows);
HWY_EXPORT(avg_grad_rows);
HWY_EXPORT(global_means);
HWY_EXPORT(global_grad);

void avg_pool(const Workers& workers, const PoolGeometry& g, bool count_padding, const real* x, real* y) {
  for_rows(workers, g.n * g.out_height, g.width * g.stride_h * g.channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(avg_rows)(g, count_padding, first, count, x, y);
  });
}

void avg_pool_grad(const Workers& workers, const PoolGeometry& g, bool count_padding, const real* dy, real* dx,
                   bool accumulate) {
  for_rows(workers, g.n * g.height, g.width * g.channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(avg_grad_rows)(g, count_padding, first, count, dy, dx, accumulate);
  });
}

void global_avg_pool(const Workers& workers, std::int64_t n, std::int64_t pixels, std::int64_t channels, const real* x,
                     real* y) {
  for_rows(workers, n, pixels * channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(global_means)(first, count, pixels, channels, x, y);
  });
}

void global_avg_pool_grad(const Workers& workers, std::int64_t n, std::int64_t pixels, std::int64_t channels,
                          const real* dy, real* dx, bool accumulate) {
  for_rows(workers, n * pixels, channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(global_grad)(first, count, pixels, channels, dy, dx, accumulate);
  });
}

}  // namespace cnnctl::kernels
#endif
