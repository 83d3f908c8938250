#include "kernels/pointwise/elementwise.hpp"

#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/elementwise.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// y[i] = x[0][first + i] + x[1][first + i] + ...
void sum(std::int64_t first, std::int64_t count, std::span<const ConstView> x, real* y) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
    Vector total = io.load(x[0].data + first + i);
    for (const ConstView& term : x.subspan(1)) total = hn::Add(total, io.load(term.data + first + i));
    io.store(total, y + first + i);
  });
}

void add(std::int64_t count, const real* x, real* y) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR { io.store(hn::Add(io.load(y + i), io.load(x + i)), y + i); });
}

void add_scaled_range(std::int64_t count, real factor, const real* x, real* y) {
  for_lanes(count, [=](std::int64_t i, auto io)
                       HWY_ATTR { io.store(hn::Add(io.load(y + i), hn::Mul(fill(factor), io.load(x + i))), y + i); });
}

void blend_range(std::int64_t count, real share, const real* x, real* y) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
    const Vector from = io.load(y + i);
    io.store(hn::Add(from, hn::Mul(fill(share), hn::Sub(io.load(x + i), from))), y + i);
  });
}

void clamp_range(std::int64_t count, real bound, real* x) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
    const Vector value = io.load(x + i), most = fill(bound);
    io.store(hn::IfThenElse(hn::Gt(hn::Abs(value), most), hn::CopySign(most, value), value), x + i);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(sum);
HWY_EXPORT(add);
HWY_EXPORT(add_scaled_range);
HWY_EXPORT(blend_range);
HWY_EXPORT(clamp_range);

void sum(const Workers& workers, std::int64_t count, std::span<const ConstView> x, real* y) {
  for_rows(workers, count, 1, [&](std::int64_t first, std::int64_t n) { HWY_DYNAMIC_DISPATCH(sum)(first, n, x, y); });
}

void copy(const Workers& workers, std::int64_t count, const real* x, real* y, bool accumulate) {
  if (x == y && !accumulate) return;
  for_rows(workers, count, 1, [&](std::int64_t first, std::int64_t n) {
    if (accumulate)
      HWY_DYNAMIC_DISPATCH(add)(n, x + first, y + first);
    else
      std::copy_n(x + first, n, y + first);
  });
}

void add_scaled(const Workers& workers, std::int64_t count, real factor, const real* x, real* y) {
  for_rows(workers, count, 1, [&](std::int64_t first, std::int64_t n) {
    HWY_DYNAMIC_DISPATCH(add_scaled_range)(n, factor, x + first, y + first);
  });
}

void blend(const Workers& workers, std::int64_t count, real share, const real* x, real* y) {
  for_rows(workers, count, 1, [&](std::int64_t first, std::int64_t n) {
    HWY_DYNAMIC_DISPATCH(blend_range)(n, share, x + first, y + first);
  });
}

void copy_columns(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* x, std::int64_t x_stride,
                  real* y, std::int64_t y_stride, bool accumulate) {
  for_rows(workers, rows, columns, [&](std::int64_t first, std::int64_t n) {
    for (std::int64_t r = first; r < first + n; ++r) {
      if (accumulate)
        HWY_DYNAMIC_DISPATCH(add)(columns, x + r * x_stride, y + r * y_stride);
      else
        std::copy_n(x + r * x_stride, columns, y + r * y_stride);
    }
  });
}

void clamp(const Workers& workers, std::int64_t count, real bound, real* x) {
  for_rows(workers, count, 1, [&](std::int64_t first, std::int64_t n) {
    HWY_DYNAMIC_DISPATCH(clamp_range)(n, bound, x + first);
  });
}

}  // namespace cnnctl::kernels
#endif
