#include "kernels/norm/batch_norm_pool.hpp"

#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/batch_norm_pool.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/pointwise/activation_inl.hpp"
#include "kernels/pool/max_pool_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Channels of one pixel in a register: one window in work.
template <class Io>
struct OnePixel {
  static constexpr std::int64_t kWindows = 1;
  Io io;
  std::int64_t channels;

  HWY_INLINE Vector load(const real* pooled) const { return io.load(pooled); }
  HWY_INLINE void store(Vector v, real* pooled) const { io.store(v, pooled); }
  HWY_INLINE Vector of_channels(const real* p) const { return io.load(p); }
  HWY_INLINE void load(const real* x, Vector* left, Vector* right) const {
    *left = io.load(x);
    *right = io.load(x + channels);
  }
  HWY_INLINE void store(Vector left, Vector right, real* x) const {
    io.store(left, x);
    io.store(right, x + channels);
  }
};

#if HWY_TARGET != HWY_SCALAR  // whose registers have no halves
/// All channels of two pixels, where they fill a register: two windows.
struct TwoPixels {
  static constexpr std::int64_t kWindows = 2;

  HWY_INLINE Vector load(const real* pooled) const { return hn::LoadU(Reals(), pooled); }
  HWY_INLINE void store(Vector v, real* pooled) const { hn::StoreU(v, Reals(), pooled); }
  HWY_INLINE Vector of_channels(const real* p) const {
    const hn::Half<Reals> half;
    const auto once = hn::LoadU(half, p);
    return hn::Combine(Reals(), once, once);
  }
  HWY_INLINE void load(const real* x, Vector* left, Vector* right) const {
    const Reals d;
    const Vector first = hn::LoadU(d, x), second = hn::LoadU(d, x + hn::Lanes(d));
    *left = hn::ConcatLowerLower(d, second, first);
    *right = hn::ConcatUpperUpper(d, second, first);
  }
  HWY_INLINE void store(Vector left, Vector right, real* x) const {
    const Reals d;
    hn::StoreU(hn::ConcatLowerLower(d, right, left), d, x);
    hn::StoreU(hn::ConcatUpperUpper(d, right, left), d, x + hn::Lanes(d));
  }
};
#endif

/// Calls body(pixels, c, first, end) for the windows [first, end) of a row and the channels from c on.
template <class Body>
HWY_INLINE void for_windows(const PoolGeometry& g, const Body& body) {
  std::int64_t done = 0;
#if HWY_TARGET != HWY_SCALAR
  if (2 * g.channels == static_cast<std::int64_t>(hn::Lanes(Reals()))) {
    done = g.out_width / 2 * 2;
    body(TwoPixels(), 0, 0, done);
  }
#endif
  for_lanes(g.channels, [&](std::int64_t c, auto io) HWY_ATTR {
    body(OnePixel<decltype(io)>{io, g.channels}, c, done, g.out_width);
  });
}

/// What normalises the channels of a register.
struct Affine {
  Vector mean, scale, bias;

  template <class Pixels>
  HWY_INLINE Affine(const Pixels& pixels, const BatchNormAffine& a, std::int64_t c)
      : mean(pixels.of_channels(a.mean + c)),
        scale(pixels.of_channels(a.scale + c)),
        bias(pixels.of_channels(a.bias + c)) {}

  HWY_INLINE Vector value(Vector centred) const { return hn::MulAdd(centred, scale, bias); }
};

void pool_row(const PoolGeometry& g, Activation activation, const real* x, const BatchNormAffine& affine, real* y,
              real* largest) {
  with_short_activation(activation, [&](auto op) HWY_ATTR {
    for_windows(g, [&](auto pixels, std::int64_t c, std::int64_t first, std::int64_t end) HWY_ATTR {
      const Affine f(pixels, affine, c);
      for (std::int64_t ow = first; ow < end; ow += pixels.kWindows) {
        const real* corner = x + 2 * ow * g.channels + c;
        Vector v[4];
        pixels.load(corner, &v[0], &v[1]);
        pixels.load(corner + g.width * g.channels, &v[2], &v[3]);
        const auto value = [&](int i) HWY_ATTR { return f.value(hn::Sub(v[i], f.mean)); };
        Vector best = value(0), made_of = v[0];
        for (int i = 1; i < 4; ++i) challenge(value(i), v[i], &best, &made_of);
        const std::int64_t to = ow * g.channels + c;
        pixels.store(op.value(best), y + to);
        if (largest != nullptr) pixels.store(made_of, largest + to);
      }
    });
  });
}

/// dx = b * (x - mean) + k for all values of a row from pixel `first` on: those of no window.
void plain_row(const PoolGeometry& g, std::int64_t first, const real* x, const real* mean,
               const BatchNormCoefficients& k, real* dx, bool accumulate) {
  for (std::int64_t at = first * g.channels; at < g.width * g.channels; at += g.channels)
    for_lanes(g.channels, [&](std::int64_t c, auto io) HWY_ATTR {
      const Vector centred = hn::Sub(io.load(x + at + c), io.load(mean + c));
      const Vector v = hn::MulAdd(centred, io.load(k.b + c), io.load(k.k + c));
      io.store(accumulate ? hn::Add(v, io.load(dx + at + c)) : v, dx + at + c);
    });
}

void unpool_row(const PoolGeometry& g, Activation activation, const real* x, const BatchNormAffine& affine,
                const BatchNormCoefficients& coefficients, const real* dy, real* dx, bool accumulate) {
  with_short_activation(activation, [&](auto op) HWY_ATTR {
    for_windows(g, [&](auto pixels, std::int64_t c, std::int64_t first, std::int64_t end) HWY_ATTR {
      const Affine f(pixels, affine, c);
      const Vector a = pixels.of_channels(coefficients.a + c), b = pixels.of_channels(coefficients.b + c),
                   k = pixels.of_channels(coefficients.k + c);
      const std::int64_t below = g.width * g.channels;
      for (std::int64_t ow = first; ow < end; ow += pixels.kWindows) {
        const std::int64_t corner = 2 * ow * g.channels + c;
        Vector v[4];
        pixels.load(x + corner, &v[0], &v[1]);
        pixels.load(x + corner + below, &v[2], &v[3]);
        for (Vector& centred : v) centred = hn::Sub(centred, f.mean);
        Vector best = f.value(v[0]), place = hn::Zero(Reals());
        for (int i = 1; i < 4; ++i) challenge(f.value(v[i]), fill(static_cast<real>(i)), &best, &place);
        const Vector gradient = op.slope(op.value(best), pixels.load(dy + ow * g.channels + c));
        for (int i = 0; i < 4; ++i) {
          const Vector share = hn::IfThenElseZero(hn::Eq(place, fill(static_cast<real>(i))), gradient);
          v[i] = hn::MulAdd(share, a, hn::MulAdd(v[i], b, k));
        }
        for (int row = 0; row < 2; ++row) {
          real* to = dx + corner + row * below;
          Vector left = v[2 * row], right = v[2 * row + 1];
          if (accumulate) {
            Vector old_left, old_right;
            pixels.load(to, &old_left, &old_right);
            left = hn::Add(left, old_left);
            right = hn::Add(right, old_right);
          }
          pixels.store(left, right, to);
        }
      }
    });
  });
}

/// Rows [first, first + count) of y, all images' rows counted through.
void pool_rows(const PoolGeometry& g, Activation activation, std::int64_t first, std::int64_t count, const real* x,
               const BatchNormAffine& affine, real* y, real* largest) {
  const std::int64_t in = g.width * g.channels, out = g.out_width * g.channels;
  for (std::int64_t r = first; r < first + count; ++r)
    pool_row(g, activation, x + (r / g.out_height * g.height + r % g.out_height * 2) * in, affine, y + r * out,
             largest == nullptr ? nullptr : largest + r * out);
}

/// The rows of dx that belong to those of dy; an odd last row goes with the one above.
void unpool_rows(const PoolGeometry& g, Activation activation, std::int64_t first, std::int64_t count, const real* x,
                 const BatchNormAffine& affine, const BatchNormCoefficients& k, const real* dy, real* dx,
                 bool accumulate) {
  const std::int64_t in = g.width * g.channels, out = g.out_width * g.channels;
  for (std::int64_t r = first; r < first + count; ++r) {
    const std::int64_t oh = r % g.out_height, at = (r / g.out_height * g.height + oh * 2) * in;
    unpool_row(g, activation, x + at, affine, k, dy + r * out, dx + at, accumulate);
    const std::int64_t rows = oh + 1 == g.out_height ? g.height - 2 * oh : 2;
    for (std::int64_t i = 0; i < rows; ++i)
      plain_row(g, i < 2 ? 2 * g.out_width : 0, x + at + i * in, affine.mean, k, dx + at + i * in, accumulate);
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(pool_rows);
HWY_EXPORT(unpool_rows);

void batch_norm_max_pool(const Workers& workers, const PoolGeometry& g, Activation activation, const real* x,
                         const BatchNormAffine& affine, real* y, real* largest) {
  for_rows(workers, g.n * g.out_height, 2 * g.width * g.channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(pool_rows)(g, activation, first, count, x, affine, y, largest);
  });
}

void batch_norm_max_pool_grad(const Workers& workers, const PoolGeometry& g, Activation activation, const real* x,
                              const BatchNormAffine& affine, const BatchNormCoefficients& coefficients, const real* dy,
                              real* dx, bool accumulate) {
  for_rows(workers, g.n * g.out_height, 2 * g.width * g.channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(unpool_rows)(g, activation, first, count, x, affine, coefficients, dy, dx, accumulate);
  });
}

}  // namespace cnnctl::kernels
#endif
