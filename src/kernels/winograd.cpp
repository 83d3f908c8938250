#include "kernels/winograd.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd.cpp"
#include "kernels/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/activation_inl.hpp"

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

/// A': six points to four outputs.
HWY_INLINE void output_points(const Vector* m, int from, Vector* y, int to) {
  const Vector sum1 = hn::Add(m[from], m[2 * from]), difference1 = hn::Sub(m[from], m[2 * from]);
  const Vector sum2 = hn::Add(m[3 * from], m[4 * from]), difference2 = hn::Sub(m[3 * from], m[4 * from]);
  y[0] = hn::Add(m[0], hn::Add(sum1, sum2));
  y[to] = hn::MulAdd(set(2), difference2, difference1);
  y[2 * to] = hn::MulAdd(set(4), sum2, sum1);
  y[3 * to] = hn::Add(hn::MulAdd(set(8), difference2, difference1), m[5 * from]);
}

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

/// G: three weights to six points.
HWY_INLINE void weight_points(const Vector* w, int from, Vector* u, int to) {
  const Vector w0 = w[0], w1 = w[from], w2 = w[2 * from];
  const Vector sum = hn::Mul(set(-1.0 / 6), hn::Add(w0, w2)), middle = hn::Mul(set(1.0 / 6), w1);
  const Vector sum2 = hn::MulAdd(set(1.0 / 24), w0, hn::Mul(set(1.0 / 6), w2)), middle2 = hn::Mul(set(1.0 / 12), w1);
  u[0] = hn::Mul(set(0.25), w0);
  u[to] = hn::Sub(sum, middle);
  u[2 * to] = hn::Add(sum, middle);
  u[3 * to] = hn::Add(sum2, middle2);
  u[4 * to] = hn::Sub(sum2, middle2);
  u[5 * to] = w2;
}

/// G': six points to three weights.
HWY_INLINE void weight_gradient_points(const Vector* u, int from, Vector* w, int to) {
  const Vector sum1 = hn::Mul(set(-1.0 / 6), hn::Add(u[from], u[2 * from]));
  const Vector difference1 = hn::Mul(set(-1.0 / 6), hn::Sub(u[from], u[2 * from]));
  const Vector sum2 = hn::Add(u[3 * from], u[4 * from]), difference2 = hn::Sub(u[3 * from], u[4 * from]);
  w[0] = hn::MulAdd(set(0.25), u[0], hn::MulAdd(set(1.0 / 24), sum2, sum1));
  w[to] = hn::MulAdd(set(1.0 / 12), difference2, difference1);
  w[2 * to] = hn::Add(hn::MulAdd(set(1.0 / 6), sum2, sum1), u[5 * from]);
}

/// Offset of each of size x size positions from the first pixel of tile t, or -1 outside of the image.
template <int size>
HWY_INLINE void offsets(const TileRange& tiles, const TileImages& images, std::int64_t t, std::int64_t* offset) {
  const std::int64_t tile = tiles.first + t, image = tile / (tiles.rows * tiles.columns);
  const std::int64_t place = tile % (tiles.rows * tiles.columns);
  const std::int64_t row = place / tiles.columns * kWinogradOut + images.top;
  const std::int64_t column = place % tiles.columns * kWinogradOut + images.left;
  for (int i = 0; i < size; ++i)
    for (int j = 0; j < size; ++j) {
      const std::int64_t y = row + i, x = column + j;
      const bool inside = y >= 0 && y < images.h && x >= 0 && x < images.w;
      offset[i * size + j] = inside ? ((image * images.h + y) * images.w + x) * images.c : -1;
    }
}

void winograd_input(const TileRange& tiles, const TileImages& images, const real* x, real* v, std::int64_t plane) {
  for (std::int64_t t = 0; t < tiles.count; ++t) {
    std::int64_t offset[36];
    offsets<6>(tiles, images, t, offset);
    for_lanes(images.c, [&](std::int64_t c, auto io) HWY_ATTR {
      Vector d[6], half[36], out[6];
      for (int j = 0; j < 6; ++j) {
        for (int i = 0; i < 6; ++i) {
          const std::int64_t o = offset[i * 6 + j];
          d[i] = o < 0 ? hn::Zero(Reals()) : io.load(x + o + c);
        }
        input_points(d, 1, half + j, 6);
      }
      for (int i = 0; i < 6; ++i) {
        input_points(half + i * 6, 1, out, 1);
        for (int j = 0; j < 6; ++j) io.store(out[j], v + (i * 6 + j) * plane + t * images.c + c);
      }
    });
  }
}

void winograd_output(const TileRange& tiles, const TileImages& images, const real* m, std::int64_t plane,
                     const real* bias, Activation activation, bool accumulate, real* y) {
  with_activation(activation, [=](auto op) HWY_ATTR {
    for (std::int64_t t = 0; t < tiles.count; ++t) {
      std::int64_t offset[16];
      offsets<4>(tiles, images, t, offset);
      for_lanes(images.c, [&](std::int64_t c, auto io) HWY_ATTR {
        Vector in[6], half[24], out[4];
        for (int j = 0; j < 6; ++j) {
          for (int i = 0; i < 6; ++i) in[i] = io.load(m + (i * 6 + j) * plane + t * images.c + c);
          output_points(in, 1, half + j, 6);
        }
        const Vector shift = bias != nullptr ? io.load(bias + c) : hn::Zero(Reals());
        for (int i = 0; i < 4; ++i) {
          output_points(half + i * 6, 1, out, 1);
          for (int j = 0; j < 4; ++j) {
            const std::int64_t o = offset[i * 4 + j];
            if (o < 0) continue;
            Vector value = hn::Add(out[j], shift);
            if (accumulate) value = hn::Add(io.load(y + o + c), value);
            io.store(op.value(value), y + o + c);
          }
        }
      });
    }
  });
}

void winograd_output_gradient(const TileRange& tiles, const TileImages& images, const real* dy, real* m,
                              std::int64_t plane) {
  for (std::int64_t t = 0; t < tiles.count; ++t) {
    std::int64_t offset[16];
    offsets<4>(tiles, images, t, offset);
    for_lanes(images.c, [&](std::int64_t c, auto io) HWY_ATTR {
      Vector in[4], half[24], out[6];
      for (int j = 0; j < 4; ++j) {
        for (int i = 0; i < 4; ++i) {
          const std::int64_t o = offset[i * 4 + j];
          in[i] = o < 0 ? hn::Zero(Reals()) : io.load(dy + o + c);
        }
        output_gradient_points(in, 1, half + j, 4);
      }
      for (int i = 0; i < 6; ++i) {
        output_gradient_points(half + i * 4, 1, out, 1);
        for (int j = 0; j < 6; ++j) io.store(out[j], m + (i * 6 + j) * plane + t * images.c + c);
      }
    });
  }
}

void winograd_weights(std::int64_t count, std::int64_t begin, std::int64_t length, const real* w, real* u) {
  for_lanes(length, [&](std::int64_t c, auto io) HWY_ATTR {
    Vector in[3], half[18], out[6];
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 3; ++i) in[i] = io.load(w + (i * 3 + j) * count + begin + c);
      weight_points(in, 1, half + j, 3);
    }
    for (int i = 0; i < 6; ++i) {
      weight_points(half + i * 3, 1, out, 1);
      for (int j = 0; j < 6; ++j) io.store(out[j], u + (i * 6 + j) * count + begin + c);
    }
  });
}

void winograd_weights_gradient(std::int64_t count, std::int64_t begin, std::int64_t length, const real* du, real* dw) {
  for_lanes(length, [&](std::int64_t c, auto io) HWY_ATTR {
    Vector in[6], half[18], out[3];
    for (int j = 0; j < 6; ++j) {
      for (int i = 0; i < 6; ++i) in[i] = io.load(du + (i * 6 + j) * count + begin + c);
      weight_gradient_points(in, 1, half + j, 6);
    }
    for (int i = 0; i < 3; ++i) {
      weight_gradient_points(half + i * 6, 1, out, 1);
      for (int j = 0; j < 3; ++j) io.store(out[j], dw + (i * 3 + j) * count + begin + c);
    }
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(winograd_input);
HWY_EXPORT(winograd_output);
HWY_EXPORT(winograd_output_gradient);
HWY_EXPORT(winograd_weights);
HWY_EXPORT(winograd_weights_gradient);

void winograd_input(const TileRange& tiles, const TileImages& images, const real* x, real* v, std::int64_t plane) {
  HWY_DYNAMIC_DISPATCH(winograd_input)(tiles, images, x, v, plane);
}

void winograd_output(const TileRange& tiles, const TileImages& images, const real* m, std::int64_t plane,
                     const real* bias, Activation activation, bool accumulate, real* y) {
  HWY_DYNAMIC_DISPATCH(winograd_output)(tiles, images, m, plane, bias, activation, accumulate, y);
}

void winograd_output_gradient(const TileRange& tiles, const TileImages& images, const real* dy, real* m,
                              std::int64_t plane) {
  HWY_DYNAMIC_DISPATCH(winograd_output_gradient)(tiles, images, dy, m, plane);
}

void winograd_weights(std::int64_t count, std::int64_t begin, std::int64_t length, const real* w, real* u) {
  HWY_DYNAMIC_DISPATCH(winograd_weights)(count, begin, length, w, u);
}

void winograd_weights_gradient(std::int64_t count, std::int64_t begin, std::int64_t length, const real* du, real* dw) {
  HWY_DYNAMIC_DISPATCH(winograd_weights_gradient)(count, begin, length, du, dw);
}

}  // namespace cnnctl::kernels
#endif
