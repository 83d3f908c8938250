// The output transform, with bias and activation.
#include "kernels/winograd.hpp"
#include "kernels/winograd_tiles.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd_output.cpp"
#include "kernels/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/activation_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// A': six points to four outputs.
HWY_INLINE void output_points(const Vector* m, int from, Vector* y, int to) {
  const Vector sum1 = hn::Add(m[from], m[2 * from]), difference1 = hn::Sub(m[from], m[2 * from]);
  const Vector sum2 = hn::Add(m[3 * from], m[4 * from]), difference2 = hn::Sub(m[3 * from], m[4 * from]);
  y[0] = hn::Add(m[0], hn::Add(sum1, sum2));
  y[to] = hn::MulAdd(constant(2), difference2, difference1);
  y[2 * to] = hn::MulAdd(constant(4), sum2, sum1);
  y[3 * to] = hn::Add(hn::MulAdd(constant(8), difference2, difference1), m[5 * from]);
}

void winograd_output(const TileRange& tiles, const TileImages& images, const real* m, std::int64_t plane,
                     const real* bias, Activation activation, bool accumulate, real* y) {
  with_activation(activation, [=](auto op) HWY_ATTR {
    for_tiles<4>(tiles, images, [&](std::int64_t t, const TilePixels& at, auto whole) HWY_ATTR {
      for_lanes(images.c, [&](std::int64_t c, auto io) HWY_ATTR {
        Vector in[6], half[24], out[4];
        HWY_UNROLL(6)
        for (int j = 0; j < 6; ++j) {
          const real* from = m + j * plane + t * images.c + c;
          HWY_UNROLL(6)
          for (int i = 0; i < 6; ++i, from += 6 * plane) in[i] = io.load(from);
          output_points(in, 1, half + j, 6);
        }
        const Vector shift = bias != nullptr ? io.load(bias + c) : hn::Zero(Reals());
        HWY_UNROLL(4)
        for (int i = 0; i < 4; ++i) {
          output_points(half + i * 6, 1, out, 1);
          real* to = y + at.first + i * at.row + c;
          HWY_UNROLL(4)
          for (int j = 0; j < 4; ++j, to += at.pixel) {
            if (!decltype(whole)::value && (at.there >> (i * 4 + j) & 1) == 0) continue;
            Vector value = hn::Add(out[j], shift);
            if (accumulate) value = hn::Add(io.load(to), value);
            io.store(op.value(value), to);
          }
        }
      });
    });
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(winograd_output);

void winograd_output(const TileRange& tiles, const TileImages& images, const real* m, std::int64_t plane,
                     const real* bias, Activation activation, bool accumulate, real* y) {
  HWY_DYNAMIC_DISPATCH(winograd_output)(tiles, images, m, plane, bias, activation, accumulate, y);
}

}  // namespace cnnctl::kernels
#endif
