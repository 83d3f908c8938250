#include "kernels/pointwise/update.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/update.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

void sgd(const Sgd& rule, std::int64_t count, real* values, const real* gradients, real* momenta) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
    const Vector w = io.load(values + i);
    const Vector g = hn::Add(hn::Mul(fill(rule.scale), io.load(gradients + i)), hn::Mul(fill(rule.decay), w));
    Vector change = g;
    if (momenta != nullptr) {
      const Vector v = hn::Add(hn::Mul(fill(rule.momentum), io.load(momenta + i)), g);
      io.store(v, momenta + i);
      change = rule.nesterov ? hn::Add(g, hn::Mul(fill(rule.momentum), v)) : v;
    }
    io.store(hn::Sub(w, hn::Mul(fill(rule.lr), change)), values + i);
  });
}

/// The running means of gradient and squared gradient, one step on.
struct Moments {
  Vector first, second;
};
template <class Rule>
HWY_INLINE Moments next_moments(const Rule& rule, Vector g, Vector first, Vector second) {
  return {hn::Add(first, hn::Mul(hn::Sub(g, first), fill(rule.one_minus_beta1))),
          hn::Add(hn::Mul(fill(rule.beta2), second), hn::Mul(fill(rule.one_minus_beta2), hn::Mul(g, g)))};
}

void adam(const Adam& rule, std::int64_t count, real* values, const real* gradients, real* first, real* second) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
    const Vector w = hn::Mul(fill(rule.shrink), io.load(values + i));
    const Vector g = hn::Add(hn::Mul(fill(rule.scale), io.load(gradients + i)), hn::Mul(fill(rule.decay), w));
    const auto [m, v] = next_moments(rule, g, io.load(first + i), io.load(second + i));
    io.store(m, first + i);
    io.store(v, second + i);
    const Vector root = hn::Add(hn::Div(hn::Sqrt(v), fill(rule.root)), fill(rule.eps));
    io.store(hn::Sub(w, hn::Mul(fill(rule.rate), hn::Div(m, root))), values + i);
  });
}

HWY_INLINE Vector lamb_direction(const Lamb& rule, Vector w, Vector m, Vector v) {
  const Vector root = hn::Add(hn::Div(hn::Sqrt(v), fill(rule.root)), fill(rule.eps));
  return hn::Add(hn::Div(hn::Mul(m, fill(rule.share)), root), hn::Mul(fill(rule.decay), w));
}

void moments(const Lamb& rule, std::int64_t count, const real* values, const real* gradients, real* first, real* second,
             real* u) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
    const Vector g = hn::Mul(fill(rule.scale), io.load(gradients + i));
    const auto [m, v] = next_moments(rule, g, io.load(first + i), io.load(second + i));
    io.store(m, first + i);
    io.store(v, second + i);
    io.store(lamb_direction(rule, io.load(values + i), m, v), u + i);
  });
}

void lamb(const Lamb& rule, real rate, std::int64_t count, real* values, const real* first, const real* second) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
    const Vector w = io.load(values + i);
    const Vector u = lamb_direction(rule, w, io.load(first + i), io.load(second + i));
    io.store(hn::Sub(w, hn::Mul(fill(rate), u)), values + i);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(sgd);
HWY_EXPORT(adam);
HWY_EXPORT(moments);
HWY_EXPORT(lamb);

void sgd_update(const Sgd& rule, std::int64_t count, real* values, const real* gradients, real* momenta) {
  HWY_DYNAMIC_DISPATCH(sgd)(rule, count, values, gradients, momenta);
}

void adam_update(const Adam& rule, std::int64_t count, real* values, const real* gradients, real* first, real* second) {
  HWY_DYNAMIC_DISPATCH(adam)(rule, count, values, gradients, first, second);
}

void lamb_moments(const Lamb& rule, std::int64_t count, const real* values, const real* gradients, real* first,
                  real* second, real* u) {
  HWY_DYNAMIC_DISPATCH(moments)(rule, count, values, gradients, first, second, u);
}

void lamb_update(const Lamb& rule, real rate, std::int64_t count, real* values, const real* first, const real* second) {
  HWY_DYNAMIC_DISPATCH(lamb)(rule, rate, count, values, first, second);
}

}  // namespace cnnctl::kernels
#endif
