#include "kernels/pointwise/curve.hpp"

#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/curve.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/simd/math_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

HWY_INLINE Vector zero() { return hn::Zero(Reals()); }
HWY_INLINE Vector within(Vector x, Vector least, Vector most) {
  // NaN stays NaN.
  return hn::IfThenElse(hn::Lt(x, least), least, hn::IfThenElse(hn::Gt(x, most), most, x));
}
/// 1 / (1 + e^-x).
HWY_INLINE Vector logistic(Vector x) {
  const Vector one = fill(1), e = exp_of_negative(hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Lt(x, zero()), e, one), hn::Add(one, e));
}

/// The same, and 1 minus it, without cancellation.
struct Shares {
  Vector value, rest;
};
HWY_INLINE Shares logistic_shares(Vector x) {
  const Vector one = fill(1), e = exp_of_negative(hn::Neg(hn::Abs(x))), whole = hn::Add(one, e);
  const auto below = hn::Lt(x, zero());
  return {hn::Div(hn::IfThenElse(below, e, one), whole), hn::Div(hn::IfThenElse(below, one, e), whole)};
}

/// Each has value(x) and slope(x), its derivative.
struct Clamp {
  Vector least, most;
  explicit HWY_INLINE Clamp(const Curve& c) : least(fill(c.a)), most(fill(c.b)) {}
  HWY_INLINE Vector value(Vector x) const { return within(x, least, most); }
  HWY_INLINE Vector slope(Vector x) const {
    return hn::IfThenElseZero(hn::And(hn::Gt(x, least), hn::Lt(x, most)), fill(1));
  }
};

struct HardSigmoid {
  explicit HardSigmoid(const Curve&) {}
  HWY_INLINE Vector value(Vector x) const {
    return hn::Mul(within(hn::Add(x, fill(3)), zero(), fill(6)), fill(real(1) / 6));
  }
  HWY_INLINE Vector slope(Vector x) const { return hn::IfThenElseZero(hn::Lt(hn::Abs(x), fill(3)), fill(real(1) / 6)); }
};

struct HardSwish {
  explicit HardSwish(const Curve&) {}
  HWY_INLINE Vector value(Vector x) const {
    return hn::Mul(x, hn::Mul(within(hn::Add(x, fill(3)), zero(), fill(6)), fill(real(1) / 6)));
  }
  HWY_INLINE Vector slope(Vector x) const {
    const Vector inside = hn::MulAdd(x, fill(real(1) / 3), fill(real(0.5)));
    return hn::IfThenElse(hn::Le(x, fill(-3)), zero(), hn::IfThenElse(hn::Ge(x, fill(3)), fill(1), inside));
  }
};

struct Silu {
  explicit Silu(const Curve&) {}
  HWY_INLINE Vector value(Vector x) const { return hn::Mul(x, logistic(x)); }
  HWY_INLINE Vector slope(Vector x) const {
    const Shares s = logistic_shares(x);
    return hn::MulAdd(hn::Mul(x, s.value), s.rest, s.value);
  }
};

/// With e = e^-|x|: tanh(softplus(x)) is n / d and 1 - tanh is r / d, without cancellation.
struct Mish {
  explicit Mish(const Curve&) {}
  struct Parts {
    Vector n, d, r;
  };
  HWY_INLINE Parts parts(Vector x) const {
    const Vector e = exp_of_negative(hn::Neg(hn::Abs(x))), two = fill(2);
    const auto below = hn::Lt(x, zero());
    const Vector n = hn::IfThenElse(below, hn::Mul(e, hn::Add(e, two)), hn::MulAdd(two, e, fill(1)));
    const Vector r = hn::IfThenElse(below, two, hn::Mul(two, hn::Mul(e, e)));
    return {n, hn::Add(n, r), r};
  }
  HWY_INLINE Vector value(Vector x) const {
    const Parts p = parts(x);
    return hn::Mul(x, hn::Div(p.n, p.d));
  }
  HWY_INLINE Vector slope(Vector x) const {
    const Parts p = parts(x);
    const Vector t = hn::Div(p.n, p.d), rest = hn::Mul(hn::Div(p.r, p.d), hn::Add(fill(1), t));  // 1 - t^2
    return hn::MulAdd(hn::Mul(x, rest), logistic(x), t);
  }
};

struct Gelu {
  explicit Gelu(const Curve&) {}
  HWY_INLINE Vector value(Vector x) const { return hn::Mul(x, normal_distribution(x)); }
  HWY_INLINE Vector slope(Vector x) const {
    const Vector half = fill(real(0.5)), density = exp_of_negative(hn::Neg(hn::Mul(hn::Mul(half, x), x)));
    return hn::MulAdd(hn::Mul(x, fill(real(0.398942280401432677940))), density, normal_distribution(x));
  }
};

/// x * sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
struct GeluTanh {
  explicit GeluTanh(const Curve&) {}
  static constexpr double kRoot = 1.59576912160573071176, kCubic = 0.044715;  // 2 sqrt(2 / pi)
  HWY_INLINE Vector twice(Vector x) const {
    const Vector square = hn::Mul(x, x);
    return hn::Mul(hn::Mul(fill(real(kRoot)), x), hn::MulAdd(fill(real(kCubic)), square, fill(1)));
  }
  HWY_INLINE Vector value(Vector x) const { return hn::Mul(x, logistic(twice(x))); }
  HWY_INLINE Vector slope(Vector x) const {
    const Shares s = logistic_shares(twice(x));
    const Vector square = hn::Mul(x, x);
    const Vector inner = hn::Mul(fill(real(kRoot)), hn::MulAdd(fill(real(3 * kCubic)), square, fill(1)));
    return hn::MulAdd(hn::Mul(hn::Mul(x, inner), s.value), s.rest, s.value);
  }
};

struct Softplus {
  Vector beta, inverse, threshold;
  explicit HWY_INLINE Softplus(const Curve& c) : beta(fill(c.a)), inverse(fill(1 / c.a)), threshold(fill(c.b)) {}
  HWY_INLINE Vector value(Vector x) const {
    const Vector z = hn::Mul(beta, x), rest = log1p_of_share(exp_of_negative(hn::Neg(hn::Abs(z))));
    const Vector y = hn::Mul(inverse, hn::Add(hn::IfThenElse(hn::Lt(z, zero()), zero(), z), rest));
    return hn::IfThenElse(hn::Gt(z, threshold), x, y);
  }
  HWY_INLINE Vector slope(Vector x) const {
    const Vector z = hn::Mul(beta, x);
    return hn::IfThenElse(hn::Gt(z, threshold), fill(1), logistic(z));
  }
};

struct Softsign {
  explicit Softsign(const Curve&) {}
  HWY_INLINE Vector value(Vector x) const { return hn::Div(x, hn::Add(fill(1), hn::Abs(x))); }
  HWY_INLINE Vector slope(Vector x) const {
    const Vector d = hn::Add(fill(1), hn::Abs(x));
    return hn::Div(fill(1), hn::Mul(d, d));
  }
};

struct ScaledElu {
  Vector scale, both;
  explicit HWY_INLINE ScaledElu(const Curve& c) : scale(fill(c.a)), both(fill(c.a * c.b)) {}
  HWY_INLINE Vector value(Vector x) const {
    const Vector below = hn::Mul(both, expm1_of_negative(hn::Min(x, zero())));
    return hn::IfThenElse(hn::Lt(x, zero()), below, hn::Mul(scale, x));
  }
  HWY_INLINE Vector slope(Vector x) const {
    const Vector below = hn::Mul(both, exp_of_negative(hn::Min(x, zero())));
    return hn::IfThenElse(hn::Le(x, zero()), below, scale);
  }
};

struct Celu {
  Vector alpha, inverse;
  explicit HWY_INLINE Celu(const Curve& c) : alpha(fill(c.a)), inverse(fill(1 / c.a)) {}
  HWY_INLINE Vector value(Vector x) const {
    const Vector below = hn::Mul(alpha, expm1_of_negative(hn::Mul(inverse, hn::Min(x, zero()))));
    return hn::IfThenElse(hn::Lt(x, zero()), below, x);
  }
  HWY_INLINE Vector slope(Vector x) const {
    const Vector below = exp_of_negative(hn::Mul(inverse, hn::Min(x, zero())));
    return hn::IfThenElse(hn::Le(x, zero()), below, fill(1));
  }
};

/// Calls body(op) with the function that `curve` names, so that loops are compiled once for each.
template <class Body>
HWY_INLINE void with_curve(const Curve& curve, const Body& body) {
  using Type = Curve::Type;
  switch (curve.type) {
    case Type::clamp:
      return body(Clamp(curve));
    case Type::hard_sigmoid:
      return body(HardSigmoid(curve));
    case Type::hard_swish:
      return body(HardSwish(curve));
    case Type::silu:
      return body(Silu(curve));
    case Type::mish:
      return body(Mish(curve));
    case Type::gelu:
      return body(Gelu(curve));
    case Type::gelu_tanh:
      return body(GeluTanh(curve));
    case Type::softplus:
      return body(Softplus(curve));
    case Type::softsign:
      return body(Softsign(curve));
    case Type::scaled_elu:
      return body(ScaledElu(curve));
    case Type::celu:
      return body(Celu(curve));
  }
}

void curve_range(const Curve& curve, std::int64_t count, const real* x, real* y) {
  with_curve(curve, [=](auto op) HWY_ATTR {
    for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR { io.store(op.value(io.load(x + i)), y + i); });
  });
}

void curve_grad_range(const Curve& curve, std::int64_t count, const real* x, const real* dy, real* dx,
                      bool accumulate) {
  with_curve(curve, [=](auto op) HWY_ATTR {
    for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
      const Vector own = hn::Mul(io.load(dy + i), op.slope(io.load(x + i)));
      io.store(accumulate ? hn::Add(io.load(dx + i), own) : own, dx + i);
    });
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(curve_range);
HWY_EXPORT(curve_grad_range);

void curve(const Workers& workers, const Curve& curve, std::int64_t count, const real* x, real* y) {
  for_rows(workers, count, 1, [&](std::int64_t first, std::int64_t n) {
    HWY_DYNAMIC_DISPATCH(curve_range)(curve, n, x + first, y + first);
  });
}

void curve_grad(const Workers& workers, const Curve& curve, std::int64_t count, const real* x, const real* dy, real* dx,
                bool accumulate) {
  for_rows(workers, count, 1, [&](std::int64_t first, std::int64_t n) {
    HWY_DYNAMIC_DISPATCH(curve_grad_range)(curve, n, x + first, dy + first, dx + first, accumulate);
  });
}

}  // namespace cnnctl::kernels
#endif
