#include "kernels/pointwise/activation.hpp"

#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/activation.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/pointwise/activation_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

void activate(Activation act, std::int64_t count, const real* x, real* y) {
  with_activation(act, [=](auto op) HWY_ATTR {
    for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR { io.store(op.value(io.load(x + i)), y + i); });
  });
}

void activate_grad(Activation act, std::int64_t count, const real* y, const real* dy, real* dx, bool accumulate) {
  with_activation(act, [=](auto op) HWY_ATTR {
    for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
      const Vector slope = op.slope(io.load(y + i), io.load(dy + i));
      io.store(accumulate ? hn::Add(io.load(dx + i), slope) : slope, dx + i);
    });
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(activate);
HWY_EXPORT(activate_grad);

void activate_range(Activation act, std::int64_t count, const real* x, real* y) {
  if (act.type == Activation::Type::none && x == y) return;
  HWY_DYNAMIC_DISPATCH(activate)(act, count, x, y);
}

void activate_grad_range(Activation act, std::int64_t count, const real* y, const real* dy, real* dx, bool accumulate) {
  HWY_DYNAMIC_DISPATCH(activate_grad)(act, count, y, dy, dx, accumulate);
}

void activate(const Workers& workers, Activation act, std::int64_t count, const real* x, real* y) {
  for_rows(workers, count, 1,
           [&](std::int64_t first, std::int64_t n) { activate_range(act, n, x + first, y + first); });
}

void activate_grad(const Workers& workers, Activation act, std::int64_t count, const real* y, const real* dy, real* dx,
                   bool accumulate) {
  for_rows(workers, count, 1, [&](std::int64_t first, std::int64_t n) {
    activate_grad_range(act, n, y + first, dy + first, dx + first, accumulate);
  });
}

}  // namespace cnnctl::kernels
#endif
