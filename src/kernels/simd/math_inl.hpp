// Exponentials of vectors, the same bits from every register width. Included once per instruction set, after
// simd_inl.hpp. Knows numbers; knows no activation.

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

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
