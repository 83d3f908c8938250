// Activations and their gradients on one vector, for every kernel that fuses them. Included once per instruction set,
// after simd_inl.hpp and activation.hpp. Knows the formulas; knows no arrays.

#include "kernels/simd/math_inl.hpp"

#if defined(CNNCTL_KERNELS_ACTIVATION_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CNNCTL_KERNELS_ACTIVATION_INL
#undef CNNCTL_KERNELS_ACTIVATION_INL
#else
#define CNNCTL_KERNELS_ACTIVATION_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {

/// Each has value(x), and slope(y, dy) = dy * act'(x) from the output y. Comparisons are written so that NaN stays NaN.
struct Identity {
  explicit Identity(real) {}
  HWY_INLINE Vector value(Vector x) const { return x; }
  HWY_INLINE Vector slope(Vector, Vector dy) const { return dy; }
};

struct Relu {
  explicit Relu(real) {}
  HWY_INLINE Vector value(Vector x) const { return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(Reals())), x); }
  HWY_INLINE Vector slope(Vector y, Vector dy) const { return hn::IfThenZeroElse(hn::Le(y, hn::Zero(Reals())), dy); }
};

struct LeakyRelu {
  Vector negative;
  explicit HWY_INLINE LeakyRelu(real slope) : negative(fill(slope)) {}
  HWY_INLINE Vector value(Vector x) const {
    return hn::IfThenElse(hn::Lt(x, hn::Zero(Reals())), hn::Mul(x, negative), x);
  }
  HWY_INLINE Vector slope(Vector y, Vector dy) const {
    // With a slope of zero the output forgets the sign: zero counts as negative, as for relu.
    return hn::IfThenElse(hn::Le(y, hn::Zero(Reals())), hn::Mul(dy, negative), dy);
  }
};

struct Elu {
  Vector alpha;
  explicit HWY_INLINE Elu(real a) : alpha(fill(a)) {}
  HWY_INLINE Vector value(Vector x) const {
    const Vector zero = hn::Zero(Reals());
    const Vector below = hn::Mul(alpha, expm1_of_negative(hn::Min(x, zero)));
    return hn::IfThenElse(hn::Lt(x, zero), below, x);
  }
  HWY_INLINE Vector slope(Vector y, Vector dy) const {
    return hn::IfThenElse(hn::Le(y, hn::Zero(Reals())), hn::Mul(dy, hn::Add(y, alpha)), dy);
  }
};

struct Sigmoid {
  explicit Sigmoid(real) {}
  HWY_INLINE Vector value(Vector x) const {
    // 1 / (1 + e^-|x|) above zero, e^-|x| / (1 + e^-|x|) below: no overflow, no cancellation.
    const Vector one = fill(1), e = exp_of_negative(hn::Neg(hn::Abs(x)));
    return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(Reals())), e, one), hn::Add(one, e));
  }
  HWY_INLINE Vector slope(Vector y, Vector dy) const { return hn::Mul(dy, hn::NegMulAdd(y, y, y)); }
};

struct Tanh {
  explicit Tanh(real) {}
  HWY_INLINE Vector value(Vector x) const {
    const Vector a = hn::Abs(x), e = expm1_of_negative(hn::Neg(hn::Add(a, a)));
    return hn::CopySign(hn::Div(hn::Neg(e), hn::Add(e, fill(2))), x);
  }
  HWY_INLINE Vector slope(Vector y, Vector dy) const { return hn::Mul(dy, hn::NegMulAdd(y, y, fill(1))); }
};

/// Calls body(op) with the operation that `act` names, so that loops are compiled once for each.
template <class Body>
HWY_INLINE void with_activation(Activation act, const Body& body) {
  switch (act.type) {
    case Activation::Type::none:
      return body(Identity(act.slope));
    case Activation::Type::relu:
      return body(Relu(act.slope));
    case Activation::Type::leaky_relu:
      return body(LeakyRelu(act.slope));
    case Activation::Type::elu:
      return body(Elu(act.slope));
    case Activation::Type::sigmoid:
      return body(Sigmoid(act.slope));
    case Activation::Type::tanh:
      return body(Tanh(act.slope));
  }
}

/// Any activation, behind a call: for kernels with so much else in their loops that one copy for each activation would
/// take the compiler minutes.
struct Called {
  Activation act;

  HWY_NOINLINE Vector value(Vector x) const {
    with_activation(act, [&x](auto op) HWY_ATTR { x = op.value(x); });
    return x;
  }
  HWY_NOINLINE Vector slope(Vector y, Vector dy) const {
    with_activation(act, [&y, &dy](auto op) HWY_ATTR { dy = op.slope(y, dy); });
    return dy;
  }
};

/// with_activation() with one operation for all that take an exponential, beside which a call costs little.
template <class Body>
HWY_INLINE void with_short_activation(Activation act, const Body& body) {
  if constexpr (kNoRegisters) return body(Called{act});
  switch (act.type) {
    case Activation::Type::none:
      return body(Identity(act.slope));
    case Activation::Type::relu:
      return body(Relu(act.slope));
    case Activation::Type::leaky_relu:
      return body(LeakyRelu(act.slope));
    default:
      return body(Called{act});
  }
}

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
