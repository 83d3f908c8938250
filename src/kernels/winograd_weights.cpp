// The transform of the filters, and its transpose.
#include "kernels/winograd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd_weights.cpp"
#include "kernels/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// G: three weights to six points.
HWY_INLINE void weight_points(const Vector* w, int from, Vector* u, int to) {
  const Vector w0 = w[0], w1 = w[from], w2 = w[2 * from];
  const Vector sum = hn::Mul(constant(-1.0 / 6), hn::Add(w0, w2)), middle = hn::Mul(constant(1.0 / 6), w1);
  const Vector sum2 = hn::MulAdd(constant(1.0 / 24), w0, hn::Mul(constant(1.0 / 6), w2)),
               middle2 = hn::Mul(constant(1.0 / 12), w1);
  u[0] = hn::Mul(constant(0.25), w0);
  u[to] = hn::Sub(sum, middle);
  u[2 * to] = hn::Add(sum, middle);
  u[3 * to] = hn::Add(sum2, middle2);
  u[4 * to] = hn::Sub(sum2, middle2);
  u[5 * to] = w2;
}

/// G': six points to three weights.
HWY_INLINE void weight_gradient_points(const Vector* u, int from, Vector* w, int to) {
  const Vector sum1 = hn::Mul(constant(-1.0 / 6), hn::Add(u[from], u[2 * from]));
  const Vector difference1 = hn::Mul(constant(-1.0 / 6), hn::Sub(u[from], u[2 * from]));
  const Vector sum2 = hn::Add(u[3 * from], u[4 * from]), difference2 = hn::Sub(u[3 * from], u[4 * from]);
  w[0] = hn::MulAdd(constant(0.25), u[0], hn::MulAdd(constant(1.0 / 24), sum2, sum1));
  w[to] = hn::MulAdd(constant(1.0 / 12), difference2, difference1);
  w[2 * to] = hn::Add(hn::MulAdd(constant(1.0 / 6), sum2, sum1), u[5 * from]);
}

void winograd_weights(const WinogradFilters& f, const real* w, real* u) {
  for (std::int64_t row = 0; row < f.rows; ++row, w += f.w_row, u += f.u_row)
    for_lanes(f.length, [&](std::int64_t c, auto io) HWY_ATTR {
      Vector in[3], half[18], out[6];
      for (int j = 0; j < 3; ++j) {
        for (int i = 0; i < 3; ++i) in[i] = io.load(w + (i * 3 + j) * f.w_plane + c);
        weight_points(in, 1, half + j, 3);
      }
      for (int i = 0; i < 6; ++i) {
        weight_points(half + i * 3, 1, out, 1);
        for (int j = 0; j < 6; ++j) io.store(out[j], u + (i * 6 + j) * f.u_plane + c);
      }
    });
}

void winograd_weights_gradient(const WinogradFilters& f, const real* du, real* dw) {
  for (std::int64_t row = 0; row < f.rows; ++row, du += f.u_row, dw += f.w_row)
    for_lanes(f.length, [&](std::int64_t c, auto io) HWY_ATTR {
      Vector in[6], half[18], out[3];
      for (int j = 0; j < 6; ++j) {
        for (int i = 0; i < 6; ++i) in[i] = io.load(du + (i * 6 + j) * f.u_plane + c);
        weight_gradient_points(in, 1, half + j, 6);
      }
      for (int i = 0; i < 3; ++i) {
        weight_gradient_points(half + i * 6, 1, out, 1);
        for (int j = 0; j < 3; ++j) io.store(out[j], dw + (i * 3 + j) * f.w_plane + c);
      }
    });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(winograd_weights);
HWY_EXPORT(winograd_weights_gradient);

void winograd_weights(const WinogradFilters& filters, const real* w, real* u) {
  HWY_DYNAMIC_DISPATCH(winograd_weights)(filters, w, u);
}

void winograd_weights_gradient(const WinogradFilters& filters, const real* du, real* dw) {
  HWY_DYNAMIC_DISPATCH(winograd_weights_gradient)(filters, du, dw);
}

}  // namespace cnnctl::kernels
#endif
