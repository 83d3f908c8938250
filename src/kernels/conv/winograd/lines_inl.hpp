// The matrices of Winograd's F(4, r), applied to a line of vectors. Included once per instruction set, after
// simd_inl.hpp. Knows lines; knows no tile.
//
// For each r: input B' (line inputs to line points), output A' (points to 4 outputs) and its transpose A, weights G (r
// weights to points) and its transpose G'. Vectors are read at distance `from` and written at distance `to`. Points are
// scaled by powers of two, which costs no accuracy, so that B and A have short numbers; G carries the other fractions.

#if defined(CNNCTL_KERNELS_WINOGRAD_LINES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CNNCTL_KERNELS_WINOGRAD_LINES_INL
#undef CNNCTL_KERNELS_WINOGRAD_LINES_INL
#else
#define CNNCTL_KERNELS_WINOGRAD_LINES_INL
#endif

#include "kernels/conv/winograd/winograd.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {

/// F(4, 3) at 0, 1, -1, 2, -2, infinity.
struct Winograd3 {
  static constexpr int kTaps = 3, kLine = 6;

  static HWY_INLINE void input(const Vector* d, int from, Vector* v, int to) {
    const Vector d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from], d5 = d[5 * from];
    const Vector two = constant(2), four = constant(4), five = constant(5);
    const Vector even = hn::NegMulAdd(four, d2, d4), odd = hn::NegMulAdd(four, d1, d3);  // d4 - 4 d2, d3 - 4 d1
    const Vector even2 = hn::Sub(d4, d2), odd2 = hn::Mul(two, hn::Sub(d3, d1));
    v[0] = hn::MulAdd(four, d0, hn::NegMulAdd(five, d2, d4));
    v[to] = hn::Add(even, odd);
    v[2 * to] = hn::Sub(even, odd);
    v[3 * to] = hn::Add(even2, odd2);
    v[4 * to] = hn::Sub(even2, odd2);
    v[5 * to] = hn::MulAdd(four, d1, hn::NegMulAdd(five, d3, d5));
  }

  static HWY_INLINE void output(const Vector* m, int from, Vector* y, int to) {
    const Vector sum1 = hn::Add(m[from], m[2 * from]), difference1 = hn::Sub(m[from], m[2 * from]);
    const Vector sum2 = hn::Add(m[3 * from], m[4 * from]), difference2 = hn::Sub(m[3 * from], m[4 * from]);
    y[0] = hn::Add(m[0], hn::Add(sum1, sum2));
    y[to] = hn::MulAdd(constant(2), difference2, difference1);
    y[2 * to] = hn::MulAdd(constant(4), sum2, sum1);
    y[3 * to] = hn::Add(hn::MulAdd(constant(8), difference2, difference1), m[5 * from]);
  }

  static HWY_INLINE void output_gradient(const Vector* y, int from, Vector* m, int to) {
    const Vector y0 = y[0], y1 = y[from], y2 = y[2 * from], y3 = y[3 * from];
    const Vector even = hn::Add(y0, y2), odd = hn::Add(y1, y3);
    const Vector even2 = hn::MulAdd(constant(4), y2, y0), odd2 = hn::MulAdd(constant(8), y3, hn::Mul(constant(2), y1));
    m[0] = y0;
    m[to] = hn::Add(even, odd);
    m[2 * to] = hn::Sub(even, odd);
    m[3 * to] = hn::Add(even2, odd2);
    m[4 * to] = hn::Sub(even2, odd2);
    m[5 * to] = y3;
  }

  static HWY_INLINE void weights(const Vector* w, int from, Vector* u, int to) {
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

  static HWY_INLINE void weights_gradient(const Vector* u, int from, Vector* w, int to) {
    const Vector sum1 = hn::Mul(constant(-1.0 / 6), hn::Add(u[from], u[2 * from]));
    const Vector difference1 = hn::Mul(constant(-1.0 / 6), hn::Sub(u[from], u[2 * from]));
    const Vector sum2 = hn::Add(u[3 * from], u[4 * from]), difference2 = hn::Sub(u[3 * from], u[4 * from]);
    w[0] = hn::MulAdd(constant(0.25), u[0], hn::MulAdd(constant(1.0 / 24), sum2, sum1));
    w[to] = hn::MulAdd(constant(1.0 / 12), difference2, difference1);
    w[2 * to] = hn::Add(hn::MulAdd(constant(1.0 / 6), sum2, sum1), u[5 * from]);
  }
};

/// F(4, 4) at 0, 1, -1, 2, -2, 1/2, infinity.
struct Winograd4 {
  static constexpr int kTaps = 4, kLine = 7;

  static HWY_INLINE void input(const Vector* d, int from, Vector* v, int to) {
    const Vector d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from], d5 = d[5 * from],
                 d6 = d[6 * from];
    const Vector half = constant(0.5), two = constant(2), four = constant(4), five = constant(5);
    // By x and x - 1/2 the polynomials of 1 and -1, and of 2 and -2, have a factor in common.
    const Vector a3 = hn::NegMulAdd(four, d1, d3), a4 = hn::NegMulAdd(four, d2, d4), a5 = hn::NegMulAdd(four, d3, d5);
    const Vector one0 = hn::NegMulAdd(half, a3, a4), one1 = hn::NegMulAdd(half, a4, a5);
    const Vector b3 = hn::Sub(d3, d1), b4 = hn::Sub(d4, d2), b5 = hn::Sub(d5, d3);
    const Vector two0 = hn::NegMulAdd(half, b3, b4), two1 = hn::NegMulAdd(half, b4, b5);
    const Vector middle = hn::MulAdd(four, d1, hn::NegMulAdd(five, d3, d5));
    v[0] = hn::NegMulAdd(two, middle, hn::MulAdd(four, d0, hn::NegMulAdd(five, d2, d4)));
    v[to] = hn::Add(one1, one0);
    v[2 * to] = hn::Sub(one1, one0);
    v[3 * to] = hn::MulAdd(two, two0, two1);
    v[4 * to] = hn::NegMulAdd(two, two0, two1);
    v[5 * to] = middle;
    v[6 * to] = hn::NegMulAdd(half, middle, hn::MulAdd(four, d2, hn::NegMulAdd(five, d4, d6)));
  }

  static HWY_INLINE void output(const Vector* m, int from, Vector* y, int to) {
    const Vector sum1 = hn::Add(m[from], m[2 * from]), difference1 = hn::Sub(m[from], m[2 * from]);
    const Vector sum2 = hn::Add(m[3 * from], m[4 * from]), difference2 = hn::Sub(m[3 * from], m[4 * from]);
    const Vector m5 = m[5 * from];
    y[0] = hn::Add(hn::Add(m[0], sum1), hn::Add(sum2, m5));
    y[to] = hn::MulAdd(constant(2), difference2, hn::MulAdd(constant(0.5), m5, difference1));
    y[2 * to] = hn::MulAdd(constant(4), sum2, hn::MulAdd(constant(0.25), m5, sum1));
    y[3 * to] =
        hn::Add(hn::MulAdd(constant(8), difference2, hn::MulAdd(constant(0.125), m5, difference1)), m[6 * from]);
  }

  static HWY_INLINE void output_gradient(const Vector* y, int from, Vector* m, int to) {
    const Vector y0 = y[0], y1 = y[from], y2 = y[2 * from], y3 = y[3 * from];
    const Vector even = hn::Add(y0, y2), odd = hn::Add(y1, y3);
    const Vector even2 = hn::MulAdd(constant(4), y2, y0), odd2 = hn::MulAdd(constant(8), y3, hn::Mul(constant(2), y1));
    m[0] = y0;
    m[to] = hn::Add(even, odd);
    m[2 * to] = hn::Sub(even, odd);
    m[3 * to] = hn::Add(even2, odd2);
    m[4 * to] = hn::Sub(even2, odd2);
    m[5 * to] = hn::MulAdd(constant(0.5), hn::MulAdd(constant(0.25), y3, y1), hn::MulAdd(constant(0.25), y2, y0));
    m[6 * to] = y3;
  }

  static HWY_INLINE void weights(const Vector* w, int from, Vector* u, int to) {
    const Vector w0 = w[0], w1 = w[from], w2 = w[2 * from], w3 = w[3 * from];
    const Vector even = hn::Add(w0, w2), odd = hn::Add(w1, w3);
    const Vector even2 = hn::MulAdd(constant(4), w2, w0), odd2 = hn::MulAdd(constant(8), w3, hn::Mul(constant(2), w1));
    const Vector all =
        hn::MulAdd(constant(0.5), hn::MulAdd(constant(0.25), w3, w1), hn::MulAdd(constant(0.25), w2, w0));
    u[0] = hn::Mul(constant(0.25), w0);
    u[to] = hn::Mul(constant(-1.0 / 3), hn::Add(even, odd));
    u[2 * to] = hn::Mul(constant(1.0 / 9), hn::Sub(even, odd));
    u[3 * to] = hn::Mul(constant(1.0 / 36), hn::Add(even2, odd2));
    u[4 * to] = hn::Mul(constant(-1.0 / 60), hn::Sub(even2, odd2));
    u[5 * to] = hn::Mul(constant(32.0 / 45), all);
    u[6 * to] = w3;
  }

  static HWY_INLINE void weights_gradient(const Vector* u, int from, Vector* w, int to) {
    const Vector u1 = hn::Mul(constant(-1.0 / 3), u[from]), u2 = hn::Mul(constant(1.0 / 9), u[2 * from]);
    const Vector u3 = hn::Mul(constant(1.0 / 36), u[3 * from]), u4 = hn::Mul(constant(-1.0 / 60), u[4 * from]);
    const Vector sum1 = hn::Add(u1, u2), difference1 = hn::Sub(u1, u2);
    const Vector sum2 = hn::Add(u3, u4), difference2 = hn::Sub(u3, u4);
    const Vector u5 = hn::Mul(constant(32.0 / 45), u[5 * from]);
    w[0] = hn::MulAdd(constant(0.25), u[0], hn::Add(hn::Add(sum1, sum2), u5));
    w[to] = hn::MulAdd(constant(2), difference2, hn::MulAdd(constant(0.5), u5, difference1));
    w[2 * to] = hn::MulAdd(constant(4), sum2, hn::MulAdd(constant(0.25), u5, sum1));
    w[3 * to] =
        hn::Add(hn::MulAdd(constant(8), difference2, hn::MulAdd(constant(0.125), u5, difference1)), u[6 * from]);
  }
};

/// F(4, 5) at 0, 1, -1, 2, -2, 1/2, -1/2, infinity.
struct Winograd5 {
  static constexpr int kTaps = 5, kLine = 8;

  static HWY_INLINE void input(const Vector* d, int from, Vector* v, int to) {
    const Vector d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from], d5 = d[5 * from],
                 d6 = d[6 * from], d7 = d[7 * from];
    const Vector two = constant(2), four = constant(4), five = constant(5), c17 = constant(4.25), c21 = constant(5.25);
    const Vector even = hn::NegMulAdd(c17, d4, hn::Add(d2, d6)), odd = hn::NegMulAdd(c17, d3, hn::Add(d1, d5));
    const Vector even2 = hn::MulAdd(four, d6, hn::NegMulAdd(five, d4, d2));
    const Vector odd2 = hn::MulAdd(four, d5, hn::NegMulAdd(five, d3, d1));
    const Vector even3 = hn::MulAdd(four, d2, hn::NegMulAdd(five, d4, d6));
    const Vector odd3 = hn::MulAdd(four, d1, hn::NegMulAdd(five, d3, d5));
    v[0] = hn::MulAdd(c21, hn::Sub(d4, d2), hn::Sub(d0, d6));
    v[to] = hn::Add(even, odd);
    v[2 * to] = hn::Sub(even, odd);
    v[3 * to] = hn::MulAdd(two, odd2, even2);
    v[4 * to] = hn::NegMulAdd(two, odd2, even2);
    v[5 * to] = hn::MulAdd(two, even3, odd3);
    v[6 * to] = hn::MulSub(two, even3, odd3);
    v[7 * to] = hn::MulAdd(c21, hn::Sub(d3, d5), hn::Sub(d7, d1));
  }

  static HWY_INLINE void output(const Vector* m, int from, Vector* y, int to) {
    const Vector sum1 = hn::Add(m[from], m[2 * from]), difference1 = hn::Sub(m[from], m[2 * from]);
    const Vector sum2 = hn::Add(m[3 * from], m[4 * from]), difference2 = hn::Sub(m[3 * from], m[4 * from]);
    const Vector sum3 = hn::Add(m[5 * from], m[6 * from]), difference3 = hn::Sub(m[5 * from], m[6 * from]);
    y[0] = hn::Add(hn::Add(m[0], sum1), hn::Add(sum2, sum3));
    y[to] = hn::MulAdd(constant(2), difference2, hn::MulAdd(constant(0.5), difference3, difference1));
    y[2 * to] = hn::MulAdd(constant(4), sum2, hn::MulAdd(constant(0.25), sum3, sum1));
    y[3 * to] = hn::Add(hn::MulAdd(constant(8), difference2, hn::MulAdd(constant(0.125), difference3, difference1)),
                        m[7 * from]);
  }

  static HWY_INLINE void output_gradient(const Vector* y, int from, Vector* m, int to) {
    const Vector y0 = y[0], y1 = y[from], y2 = y[2 * from], y3 = y[3 * from];
    const Vector even = hn::Add(y0, y2), odd = hn::Add(y1, y3);
    const Vector even2 = hn::MulAdd(constant(4), y2, y0), odd2 = hn::MulAdd(constant(8), y3, hn::Mul(constant(2), y1));
    const Vector even3 = hn::MulAdd(constant(0.25), y2, y0);
    const Vector odd3 = hn::MulAdd(constant(0.125), y3, hn::Mul(constant(0.5), y1));
    m[0] = y0;
    m[to] = hn::Add(even, odd);
    m[2 * to] = hn::Sub(even, odd);
    m[3 * to] = hn::Add(even2, odd2);
    m[4 * to] = hn::Sub(even2, odd2);
    m[5 * to] = hn::Add(even3, odd3);
    m[6 * to] = hn::Sub(even3, odd3);
    m[7 * to] = y3;
  }

  static HWY_INLINE void weights(const Vector* w, int from, Vector* u, int to) {
    const Vector w0 = w[0], w1 = w[from], w2 = w[2 * from], w3 = w[3 * from], w4 = w[4 * from];
    const Vector c1 = constant(-2.0 / 9), c2 = constant(1.0 / 360), c3 = constant(1.0 / 45);
    const Vector even = hn::Mul(c1, hn::Add(hn::Add(w0, w2), w4)), odd = hn::Mul(c1, hn::Add(w1, w3));
    const Vector even2 = hn::Mul(c2, hn::MulAdd(constant(16), w4, hn::MulAdd(constant(4), w2, w0)));
    const Vector odd2 = hn::Mul(c2, hn::MulAdd(constant(8), w3, hn::Mul(constant(2), w1)));
    const Vector even3 = hn::Mul(c3, hn::MulAdd(constant(16), w0, hn::MulAdd(constant(4), w2, w4)));
    const Vector odd3 = hn::Mul(c3, hn::MulAdd(constant(8), w1, hn::Mul(constant(2), w3)));
    u[0] = w0;
    u[to] = hn::Add(even, odd);
    u[2 * to] = hn::Sub(even, odd);
    u[3 * to] = hn::Add(even2, odd2);
    u[4 * to] = hn::Sub(even2, odd2);
    u[5 * to] = hn::Add(even3, odd3);
    u[6 * to] = hn::Sub(even3, odd3);
    u[7 * to] = w4;
  }

  static HWY_INLINE void weights_gradient(const Vector* u, int from, Vector* w, int to) {
    const Vector c1 = constant(-2.0 / 9), c2 = constant(1.0 / 360), c3 = constant(1.0 / 45);
    const Vector sum1 = hn::Mul(c1, hn::Add(u[from], u[2 * from]));
    const Vector difference1 = hn::Mul(c1, hn::Sub(u[from], u[2 * from]));
    const Vector sum2 = hn::Mul(c2, hn::Add(u[3 * from], u[4 * from]));
    const Vector difference2 = hn::Mul(c2, hn::Sub(u[3 * from], u[4 * from]));
    const Vector sum3 = hn::Mul(c3, hn::Add(u[5 * from], u[6 * from]));
    const Vector difference3 = hn::Mul(c3, hn::Sub(u[5 * from], u[6 * from]));
    w[0] = hn::Add(hn::Add(u[0], sum1), hn::MulAdd(constant(16), sum3, sum2));
    w[to] = hn::MulAdd(constant(2), difference2, hn::MulAdd(constant(8), difference3, difference1));
    w[2 * to] = hn::MulAdd(constant(4), hn::Add(sum2, sum3), sum1);
    w[3 * to] = hn::MulAdd(constant(8), difference2, hn::MulAdd(constant(2), difference3, difference1));
    w[4 * to] = hn::Add(hn::Add(u[7 * from], sum1), hn::MulAdd(constant(16), sum2, sum3));
  }
};

/// Calls body(the matrices of a scheme).
template <class Body>
HWY_INLINE void with_lines(WinogradScheme scheme, const Body& body) {
  switch (scheme.taps) {
    case 3:
      return body(Winograd3());
    case 4:
      return body(Winograd4());
    default:
      return body(Winograd5());
  }
}

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
