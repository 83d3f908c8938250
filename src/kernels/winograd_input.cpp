// The input transform. Loads and stores walk by pointer: addresses of 72 places would cost more than the sums.
#include "kernels/winograd.hpp"
#include "kernels/winograd_tiles.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd_input.cpp"
#include "kernels/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

HWY_INLINE Vector set(double value) { return fill(static_cast<real>(value)); }

/// B': six inputs at distance `from` to six points at distance `to`.
HWY_INLINE void input_points(const Vector* d, int from, Vector* v, int to) {
  const Vector d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from], d5 = d[5 * from];
  const Vector two = set(2), four = set(4), five = set(5);
  const Vector even = hn::NegMulAdd(four, d2, d4), odd = hn::NegMulAdd(four, d1, d3);  // d4 - 4 d2, d3 - 4 d1
  const Vector even2 = hn::Sub(d4, d2), odd2 = hn::Mul(two, hn::Sub(d3, d1));
  v[0] = hn::MulAdd(four, d0, hn::NegMulAdd(five, d2, d4));
  v[to] = hn::Add(even, odd);
  v[2 * to] = hn::Sub(even, odd);
  v[3 * to] = hn::Add(even2, odd2);
  v[4 * to] = hn::Sub(even2, odd2);
  v[5 * to] = hn::MulAdd(four, d1, hn::NegMulAdd(five, d3, d5));
}

/// Column j of a tile, `from` its first pixel: `size` vectors, zero outside of the image.
template <int size, bool whole, class Io>
HWY_INLINE void load_column(Io io, const real* from, const TilePixels& at, int j, Vector* d) {
  HWY_UNROLL(6)
  for (int i = 0; i < size; ++i, from += at.row)
    d[i] = whole || (at.there >> (i * size + j) & 1) != 0 ? io.load(from) : hn::Zero(Reals());
}

void winograd_input(const TileRange& tiles, const TileImages& images, const real* x, real* v, std::int64_t plane) {
  for_tiles<6>(tiles, images, [&](std::int64_t t, const TilePixels& at, auto whole) HWY_ATTR {
    for_lanes(images.c, [&](std::int64_t c, auto io) HWY_ATTR {
      Vector d[6], half[36], out[6];
      HWY_UNROLL(6)
      for (int j = 0; j < 6; ++j) {
        load_column<6, decltype(whole)::value>(io, x + at.first + j * at.pixel + c, at, j, d);
        input_points(d, 1, half + j, 6);
      }
      real* to = v + t * images.c + c;
      HWY_UNROLL(6)
      for (int i = 0; i < 6; ++i) {
        input_points(half + i * 6, 1, out, 1);
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

HWY_EXPORT(winograd_input);

void winograd_input(const TileRange& tiles, const TileImages& images, const real* x, real* v, std::int64_t plane) {
  HWY_DYNAMIC_DISPATCH(winograd_input)(tiles, images, x, v, plane);
}

}  // namespace cnnctl::kernels
#endif
