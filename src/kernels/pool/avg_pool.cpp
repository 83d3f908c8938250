#include "kernels/pool/pool.hpp"
#include "kernels/pool/pool_window.hpp"
#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pool/avg_pool.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/simd/row_sums_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// How many places of a window count, along one axis. Padding counts only if asked, and never what lies beyond it
/// (`ceil_mode` makes windows reach there).
std::int64_t counted(std::int64_t start, std::int64_t window, std::int64_t size, std::int64_t behind, bool padding) {
  const Span places = inside(start, window, size);
  return padding ? std::min(window, size + behind - start) : places.last - places.first;
}

/// What each window's sum is multiplied with.
class Shares {
 public:
  Shares(const PoolGeometry& g, bool count_padding) : g_(g), padding_(count_padding) {
    const bool padded = g.top > 0 || g.left > 0;
    // Of all windows the last one is cut first: if it is whole, all are.
    const bool whole = rows(g.out_height - 1) == g.window_h && columns(g.out_width - 1) == g.window_w;
    if (whole && (count_padding || !padded)) constant_ = real{1} / static_cast<real>(g.window_h * g.window_w);
  }
  real operator()(std::int64_t oh, std::int64_t ow) const {
    return constant_ != 0 ? constant_ : real{1} / static_cast<real>(rows(oh) * columns(ow));
  }

 private:
  std::int64_t rows(std::int64_t oh) const {
    return counted(oh * g_.stride_h - g_.top, g_.window_h, g_.height, g_.bottom, padding_);
  }
  std::int64_t columns(std::int64_t ow) const {
    return counted(ow * g_.stride_w - g_.left, g_.window_w, g_.width, g_.right, padding_);
  }

  const PoolGeometry& g_;
  bool padding_;
  real constant_ = 0;  // 0: windows differ
};

/// Rows [first, first + count) of the output, all images' rows counted through.
void avg_rows(const PoolGeometry& g, bool count_padding, std::int64_t first, std::int64_t count, const real* x,
              real* y) {
  const Shares share(g, count_padding);
  const std::int64_t row = g.width * g.channels;
  for (std::int64_t r = first; r < first + count; ++r) {
    const std::int64_t image = r / g.out_height, oh = r % g.out_height, top = oh * g.stride_h - g.top;
    const Span rows = inside(top, g.window_h, g.height);
    for (std::int64_t ow = 0; ow < g.out_width; ++ow) {
      const std::int64_t left = ow * g.stride_w - g.left;
      const Span columns = inside(left, g.window_w, g.width);
      const Vector factor = fill(share(oh, ow));
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
  const Shares share(g, count_padding);
  for (std::int64_t r = first; r < first + count; ++r) {
    const std::int64_t image = r / g.height;
    const Span rows = windows_at(r % g.height + g.top, g.window_h, g.stride_h, g.out_height);
    Span columns{0, 0};
    for (std::int64_t column = 0; column < g.width; ++column) {
      advance(columns, column + g.left, g.window_w, g.stride_w, g.out_width);
      real* to = dx + (r * g.width + column) * g.channels;
      for_lanes(g.channels, [=, &g, &share](std::int64_t c, auto io) HWY_ATTR {
        Vector total = accumulate ? io.load(to + c) : hn::Zero(Reals());
        for (std::int64_t oh = rows.first; oh < rows.last; ++oh) {
          for (std::int64_t ow = columns.first; ow < columns.last; ++ow) {
            const std::int64_t out = (image * g.out_height + oh) * g.out_width + ow;
            total = hn::MulAdd(io.load(dy + out * g.channels + c), fill(share(oh, ow)), total);
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
