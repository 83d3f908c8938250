// The transpose of the output transform.
#include "kernels/winograd.hpp"
#include "kernels/winograd_tiles.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd_output_gradient.cpp"
#include "kernels/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

HWY_INLINE Vector set(double value) { return fill(static_cast<real>(value)); }

/// A: four output gradients to six points.
HWY_INLINE void output_gradient_points(const Vector* y, int from, Vector* m, int to) {
  const Vector y0 = y[0], y1 = y[from], y2 = y[2 * from], y3 = y[3 * from];
  const Vector even = hn::Add(y0, y2), odd = hn::Add(y1, y3);
  const Vector even2 = hn::MulAdd(set(4), y2, y0), odd2 = hn::MulAdd(set(8), y3, hn::Mul(set(2), y1));
  m[0] = y0;
  m[to] = hn::Add(even, odd);
  m[2 * to] = hn::Sub(even, odd);
  m[3 * to] = hn::Add(even2, odd2);
  m[4 * to] = hn::Sub(even2, odd2);
  m[5 * to] = y3;
}

/// Column j of a tile, `from` its first pixel: `size` vectors, zero outside of the image.
template <int size, bool whole, class Io>
HWY_INLINE void load_column(Io io, const real* from, const TilePixels& at, int j, Vector* d) {
  HWY_UNROLL(6)
  for (int i = 0; i < size; ++i, from += at.row)
    d[i] = whole || (at.there >> (i * size + j) & 1) != 0 ? io.load(from) : hn::Zero(Reals());
}

void winograd_output_gradient(const TileRange& tiles, const TileImages& images, const real* dy, real* m,
                              std::int64_t plane) {
  for_tiles<4>(tiles, images, [&](std::int64_t t, const TilePixels& at, auto whole) HWY_ATTR {
    for_lanes(images.c, [&](std::int64_t c, auto io) HWY_ATTR {
      Vector in[4], half[24], out[6];
      HWY_UNROLL(4)
      for (int j = 0; j < 4; ++j) {
        load_column<4, decltype(whole)::value>(io, dy + at.first + j * at.pixel + c, at, j, in);
        output_gradient_points(in, 1, half + j, 4);
      }
      real* to = m + t * images.c + c;
      HWY_UNROLL(6)
      for (int i = 0; i < 6; ++i) {
        output_gradient_points(half + i * 4, 1, out, 1);
        HWY_UNROLL(6)
        for (int j = 0; j < 6; ++j, to += plane) io.store(out[j], to);
      }
    });
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(winograd_output_gradient);

void winograd_output_gradient(const TileRange& tiles, const TileImages& images, const real* dy, real* m,
                              std::int64_t plane) {
  HWY_DYNAMIC_DISPATCH(winograd_output_gradient)(tiles, images, dy, m, plane);
}

}  // namespace cnnctl::kernels
#endif
