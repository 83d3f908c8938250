#include "kernels/pointwise/softmax.hpp"

#include <cmath>
#include <limits>

#include "kernels/pointwise/softmax_row.hpp"
#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/softmax.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/simd/math_inl.hpp"
#include "kernels/simd/strand_sum_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

void softmax_row(std::int64_t columns, const real* x, real* y) {
  real largest = -std::numeric_limits<real>::infinity();
  for (std::int64_t i = 0; i < columns; ++i) largest = x[i] > largest ? x[i] : largest;
  const Vector shift = fill(largest);
  for_lanes(columns, [=](std::int64_t i, auto io)
                         HWY_ATTR { io.store(exp_of_negative(hn::Sub(io.load(x + i), shift)), y + i); });
  const real sum = strand_sum(columns, [y](std::int64_t i) HWY_ATTR { return y[i]; });
  for_lanes(columns, [=](std::int64_t i, auto io) HWY_ATTR { io.store(hn::Div(io.load(y + i), fill(sum)), y + i); });
}

void softmax_grad_row(std::int64_t columns, const real* y, const real* dy, real* dx, bool accumulate) {
  const Vector dot = fill(strand_sum(columns, [=](std::int64_t i) HWY_ATTR { return y[i] * dy[i]; }));
  for_lanes(columns, [=](std::int64_t i, auto io) HWY_ATTR {
    const Vector v = hn::Mul(io.load(y + i), hn::Sub(io.load(dy + i), dot));
    io.store(accumulate ? hn::Add(v, io.load(dx + i)) : v, dx + i);
  });
}

void log_softmax_grad_row(std::int64_t columns, const real* y, const real* dy, real* dx, bool accumulate) {
  const Vector sum = fill(strand_sum(columns, [=](std::int64_t i) HWY_ATTR { return dy[i]; }));
  for_lanes(columns, [=](std::int64_t i, auto io) HWY_ATTR {
    const Vector v = hn::NegMulAdd(exp_of_negative(io.load(y + i)), sum, io.load(dy + i));
    io.store(accumulate ? hn::Add(v, io.load(dx + i)) : v, dx + i);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(softmax_row);
HWY_EXPORT(softmax_grad_row);
HWY_EXPORT(log_softmax_grad_row);

void softmax(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* x, real* y) {
  for_rows(workers, rows, columns, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t at = first * columns; at < (first + count) * columns; at += columns)
      HWY_DYNAMIC_DISPATCH(softmax_row)(columns, x + at, y + at);
  });
}

void softmax_grad(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* y, const real* dy,
                  real* dx, bool accumulate) {
  for_rows(workers, rows, columns, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t at = first * columns; at < (first + count) * columns; at += columns)
      HWY_DYNAMIC_DISPATCH(softmax_grad_row)(columns, y + at, dy + at, dx + at, accumulate);
  });
}

void log_softmax(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* x, real* y) {
  for_rows(workers, rows, columns * 8, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t at = first * columns; at < (first + count) * columns; at += columns) {
      const auto [max, sum] = row_exponentials(columns, x + at, nullptr);
      const double log_sum = std::log(sum);
      for (std::int64_t i = at; i < at + columns; ++i)
        y[i] = static_cast<real>(static_cast<double>(x[i]) - max - log_sum);
    }
  });
}

void log_softmax_grad(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* y, const real* dy,
                      real* dx, bool accumulate) {
  for_rows(workers, rows, columns, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t at = first * columns; at < (first + count) * columns; at += columns)
      HWY_DYNAMIC_DISPATCH(log_softmax_grad_row)(columns, y + at, dy + at, dx + at, accumulate);
  });
}

}  // namespace cnnctl::kernels
#endif
