// Exponentials of vectors and their kin, the same bits from every register width. Included once per instruction set,
// after simd_inl.hpp. Knows numbers; knows no activation.

#if defined(CNNCTL_KERNELS_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CNNCTL_KERNELS_MATH_INL
#undef CNNCTL_KERNELS_MATH_INL
#else
#define CNNCTL_KERNELS_MATH_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {

/// What the exponential needs to know of a type: ln 2 in two parts, of which the first times a small integer is exact;
/// the least argument whose exponential is not denormal; terms of the series enough for |r| <= ln(2) / 2.
template <class T>
struct ExpConstants;
template <>
struct ExpConstants<float> {
  static constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f, kLeast = -87.33654f;
  static constexpr int kTerms = 8, kMantissaBits = 23, kBias = 127;
};
template <>
struct ExpConstants<double> {
  static constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10,
                          kLeast = -708.39641853226408;
  static constexpr int kTerms = 14, kMantissaBits = 52, kBias = 1023;
};

/// e^x = power * (1 + rest), power a power of two, |rest| < 0.42.
struct SplitExp {
  Vector power, rest;
};

/// For kLeast <= x <= 0; NaN gives NaN, other arguments nonsense (but no trap).
HWY_INLINE SplitExp split_exp(Vector x) {
  using C = ExpConstants<real>;
  const Reals d;
  const hn::RebindToSigned<Reals> di;
  const Vector q = hn::Round(hn::Mul(hn::Max(x, fill(C::kLeast)), fill(static_cast<real>(1.44269504088896340736))));
  Vector r = hn::NegMulAdd(q, fill(C::kLn2High), x);
  r = hn::NegMulAdd(q, fill(C::kLn2Low), r);
  // Taylor's series of e^r - 1 without its first term, by Horner's rule: r^2 / 2! + r^3 / 3! + ...
  double factorial = 1;
  for (int k = 2; k <= C::kTerms; ++k) factorial *= k;
  Vector p = fill(static_cast<real>(1 / factorial));
  for (int k = C::kTerms; k > 2; --k) {
    factorial /= k;
    p = hn::MulAdd(p, r, fill(static_cast<real>(1 / factorial)));
  }
  p = hn::MulAdd(hn::Mul(r, r), p, r);
  const auto exponent = hn::Add(hn::ConvertTo(di, q), hn::Set(di, C::kBias));
  return {hn::BitCast(d, hn::ShiftLeft<C::kMantissaBits>(exponent)), p};
}

/// e^x for x <= 0, within 1 ulp; 0 where the result would be denormal; NaN stays NaN.
HWY_INLINE Vector exp_of_negative(Vector x) {
  const SplitExp e = split_exp(x);
  return hn::IfThenZeroElse(hn::Lt(x, fill(ExpConstants<real>::kLeast)), hn::MulAdd(e.power, e.rest, e.power));
}

/// e^x - 1 for x <= 0, within 1.5 ulp, small arguments included; NaN stays NaN.
HWY_INLINE Vector expm1_of_negative(Vector x) {
  const SplitExp e = split_exp(x);
  const Vector minus_one = fill(-1);
  return hn::IfThenElse(hn::Lt(x, fill(ExpConstants<real>::kLeast)), minus_one,
                        hn::MulAdd(e.power, e.rest, hn::Add(e.power, minus_one)));
}

/// log(1 + u) for 0 <= u <= 1, within 2 ulp; NaN stays NaN. 2 artanh(u / (2 + u)) by its series.
HWY_INLINE Vector log1p_of_share(Vector u) {
  constexpr int kLast = sizeof(real) == 4 ? 17 : 35;  // its last term, (1 / 3)^kLast / kLast, is below half an ulp
  const Vector s = hn::Div(u, hn::Add(u, fill(2))), square = hn::Mul(s, s);
  Vector p = fill(real(1) / kLast);
  for (int k = kLast - 2; k >= 3; k -= 2) p = hn::MulAdd(p, square, fill(real(1) / static_cast<real>(k)));
  const Vector twice = hn::Add(s, s);
  return hn::MulAdd(hn::Mul(twice, square), p, twice);
}

/// The quotient of two polynomials of `degree`, the leading coefficient of the lower one being 1; c[degree] leads the
/// upper one, all others from the second highest down.
template <std::size_t degree>
HWY_INLINE Vector quotient(Vector x, const double (&c)[degree + 1], const double (&d)[degree]) {
  Vector above = hn::Mul(fill(static_cast<real>(c[degree])), x), below = x;
  for (std::size_t i = 0; i + 1 < degree; ++i) {
    above = hn::Mul(hn::Add(above, fill(static_cast<real>(c[i]))), x);
    below = hn::Mul(hn::Add(below, fill(static_cast<real>(d[i]))), x);
  }
  return hn::Div(hn::Add(above, fill(static_cast<real>(c[degree - 1]))),
                 hn::Add(below, fill(static_cast<real>(d[degree - 1]))));
}

/// The normal distribution at x, (1 + erf(x / sqrt 2)) / 2; relative to the smaller of it and its rest within 1e-6
/// (float) or 1e-14; NaN stays NaN. Rational approximations of W. J. Cody, Mathematics of Computation 23 (1969).
HWY_INLINE Vector normal_distribution(Vector x) {
  constexpr double kNear[] = {3.16112374387056560e00, 1.13864154151050156e02, 3.77485237685302021e02,
                              3.20937758913846947e03, 1.85777706184603153e-1};
  constexpr double kNearBelow[] = {2.36012909523441209e01, 2.44024637934444173e02, 1.28261652607737228e03,
                                   2.84423683343917062e03};
  constexpr double kMiddle[] = {5.64188496988670089e-1, 8.88314979438837594e0,  6.61191906371416295e01,
                                2.98635138197400131e02, 8.81952221241769090e02, 1.71204761263407058e03,
                                2.05107837782607147e03, 1.23033935479799725e03, 2.15311535474403846e-8};
  constexpr double kMiddleBelow[] = {1.57449261107098347e01, 1.17693950891312499e02, 5.37181101862009858e02,
                                     1.62138957456669019e03, 3.29079923573345963e03, 4.36261909014324716e03,
                                     3.43936767414372164e03, 1.23033935480374942e03};
  constexpr double kFar[] = {3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
                             1.60837851487422766e-2, 6.58749161529837803e-4, 1.63153871373020978e-2};
  constexpr double kFarBelow[] = {2.56852019228982242e00, 1.87295284992346725e00, 5.27905102951428412e-1,
                                  6.05183413124413191e-2, 2.33520497626869185e-3};
  const Vector half = fill(real(0.5)), one = fill(1);
  const Vector y = hn::Mul(hn::Abs(x), fill(real(0.707106781186547524401))), square = hn::Mul(y, y);
  // Half of what is beyond y on one side. Arguments that another formula is for are replaced by harmless ones.
  const Vector near = hn::Mul(hn::Min(y, half), quotient<4>(hn::Min(square, half), kNear, kNearBelow));
  const Vector middle = quotient<8>(hn::Min(y, fill(4)), kMiddle, kMiddleBelow);
  const Vector w = hn::Max(y, fill(4)), inverse = hn::Div(one, hn::Mul(w, w));
  const Vector far =
      hn::Div(hn::NegMulAdd(inverse, quotient<5>(inverse, kFar, kFarBelow), fill(real(0.564189583547756286948))), w);
  const Vector density = exp_of_negative(hn::Neg(square));
  const Vector tail = hn::Mul(half, hn::Mul(density, hn::IfThenElse(hn::Gt(y, fill(4)), far, middle)));
  const Vector beyond = hn::IfThenElse(hn::Le(y, fill(real(0.46875))), hn::NegMulAdd(half, near, half), tail);
  return hn::IfThenElse(hn::Lt(x, hn::Zero(Reals())), beyond, hn::Sub(one, beyond));
}

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
