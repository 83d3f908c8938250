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

void adam(const Adam& rule, std::int64_t count, real* values, const real* gradients, real* first, real* second) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
    const Vector w = hn::Mul(fill(rule.shrink), io.load(values + i));
    const Vector g = hn::Add(hn::Mul(fill(rule.scale), io.load(gradients + i)), hn::Mul(fill(rule.decay), w));
    const Vector old = io.load(first + i);
    const Vector m = hn::Add(old, hn::Mul(hn::Sub(g, old), fill(rule.one_minus_beta1)));
    const Vector v =
        hn::Add(hn::Mul(fill(rule.beta2), io.load(second + i)), hn::Mul(fill(rule.one_minus_beta2), hn::Mul(g, g)));
    io.store(m, first + i);
    io.store(v, second + i);
    const Vector root = hn::Add(hn::Div(hn::Sqrt(v), fill(rule.root)), fill(rule.eps));
    io.store(hn::Sub(w, hn::Mul(fill(rule.rate), hn::Div(m, root))), values + i);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(sgd);
HWY_EXPORT(adam);

void sgd_update(const Sgd& rule, std::int64_t count, real* values, const real* gradients, real* momenta) {
  HWY_DYNAMIC_DISPATCH(sgd)(rule, count, values, gradients, momenta);
}

void adam_update(const Adam& rule, std::int64_t count, real* values, const real* gradients, real* first, real* second) {
  HWY_DYNAMIC_DISPATCH(adam)(rule, count, values, gradients, first, second);
}

}  // namespace cnnctl::kernels
#endif
