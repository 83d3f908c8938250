#include "kernels/pointwise/resample.hpp"

#include <algorithm>

#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/resample.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// y = (or +=) weight * x.
HWY_INLINE void weigh(std::int64_t count, real weight, const real* x, real* y, bool accumulate) {
  const Vector factor = fill(weight);
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
    const Vector value = hn::Mul(factor, io.load(x + i));
    io.store(accumulate ? hn::Add(io.load(y + i), value) : value, y + i);
  });
}

/// Results [first, first + count), those of all lines counted through.
void resample_range(const LineWeights& w, std::int64_t width, std::int64_t first, std::int64_t count, const real* x,
                    real* y) {
  for (std::int64_t result = first; result < first + count; ++result) {
    const real* line = x + result / w.output * w.input * width;
    const std::int64_t at = result % w.output * w.taps;
    for (std::int64_t t = 0; t < w.taps; ++t)
      weigh(width, w.weights[static_cast<std::size_t>(at + t)],
            line + w.places[static_cast<std::size_t>(at + t)] * width, y + result * width, t > 0);
  }
}

/// What all results of a line say of its values.
void spread_line(const LineWeights& w, std::int64_t width, const real* dy, real* dx) {
  for (std::int64_t i = 0; i < w.output; ++i)
    for (std::int64_t t = i * w.taps; t < (i + 1) * w.taps; ++t)
      weigh(width, w.weights[static_cast<std::size_t>(t)], dy + i * width,
            dx + w.places[static_cast<std::size_t>(t)] * width, true);
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(resample_range);
HWY_EXPORT(spread_line);

void resample(const Workers& workers, const LineWeights& w, std::int64_t lines, std::int64_t width, const real* x,
              real* y) {
  for_rows(workers, lines * w.output, width, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(resample_range)(w, width, first, count, x, y);
  });
}

void resample_grad(const Workers& workers, const LineWeights& w, std::int64_t lines, std::int64_t width, const real* dy,
                   real* dx, bool accumulate) {
  for_rows(workers, lines, w.input * width, [&](std::int64_t first, std::int64_t count) {
    if (!accumulate) std::fill_n(dx + first * w.input * width, count * w.input * width, real{0});
    for (std::int64_t line = first; line < first + count; ++line)
      HWY_DYNAMIC_DISPATCH(spread_line)(w, width, dy + line * w.output * width, dx + line * w.input * width);
  });
}

}  // namespace cnnctl::kernels
#endif
