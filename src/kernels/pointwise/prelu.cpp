#include "kernels/pointwise/prelu.hpp"

#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/prelu.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// to = (or +=) v, times the slope where x is not above zero.
void slope_rows(std::int64_t rows, std::int64_t channels, const real* x, const real* slopes, const real* v, real* to,
                bool accumulate) {
  for_column_lanes(rows, channels, [=](std::int64_t c, auto io, std::int64_t begin, std::int64_t end) HWY_ATTR {
    const Vector slope = io.load(slopes + c);
    for (std::int64_t at = begin; at < end; at += channels) {
      const Vector value = io.load(v + at);
      // A NaN is not above zero, and stays one either way.
      const Vector result = hn::IfThenElse(hn::Gt(io.load(x + at), hn::Zero(Reals())), value, hn::Mul(value, slope));
      io.store(accumulate ? hn::Add(io.load(to + at), result) : result, to + at);
    }
  });
}

void sum_rows(std::int64_t rows, std::int64_t channels, const real* x, const real* dy, real* sums) {
  for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
    Vector sum = hn::Zero(Reals());
    for (std::int64_t at = c; at < rows * channels; at += channels) {
      const Vector value = io.load(x + at);
      sum = hn::MulAdd(hn::IfThenZeroElse(hn::Gt(value, hn::Zero(Reals())), value), io.load(dy + at), sum);
    }
    io.store(sum, sums + c);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(slope_rows);
HWY_EXPORT(sum_rows);

void prelu(const Workers& workers, std::int64_t rows, std::int64_t channels, const real* x, const real* slopes,
           real* y) {
  for_rows(workers, rows, channels, [&](std::int64_t first, std::int64_t count) {
    const std::int64_t at = first * channels;
    HWY_DYNAMIC_DISPATCH(slope_rows)(count, channels, x + at, slopes, x + at, y + at, false);
  });
}

void prelu_grad(const Workers& workers, std::int64_t rows, std::int64_t channels, const real* x, const real* slopes,
                const real* dy, real* dx, bool accumulate) {
  for_rows(workers, rows, channels, [&](std::int64_t first, std::int64_t count) {
    const std::int64_t at = first * channels;
    HWY_DYNAMIC_DISPATCH(slope_rows)(count, channels, x + at, slopes, dy + at, dx + at, accumulate);
  });
}

void prelu_slope_sums(const Workers& workers, std::int64_t samples, std::int64_t rows, std::int64_t channels,
                      const real* x, const real* dy, real* sums) {
  workers.run(samples, [&](std::int64_t sample, int) {
    const std::int64_t at = sample * rows * channels;
    HWY_DYNAMIC_DISPATCH(sum_rows)(rows, channels, x + at, dy + at, sums + sample * channels);
  });
}

}  // namespace cnnctl::kernels
#endif
