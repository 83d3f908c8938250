#include "kernels/pointwise/channels.hpp"

#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/channels.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

void scale_row(std::int64_t channels, const real* x, const real* factors, real* y, bool accumulate) {
  for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
    const Vector product = hn::Mul(io.load(x + c), io.load(factors + c));
    io.store(accumulate ? hn::Add(io.load(y + c), product) : product, y + c);
  });
}

void dots_of_sample(std::int64_t positions, std::int64_t channels, const real* a, const real* b, real* y,
                    bool accumulate) {
  for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
    Vector sum = hn::Zero(Reals());
    for (std::int64_t at = c; at < positions * channels; at += channels)
      sum = hn::MulAdd(io.load(a + at), io.load(b + at), sum);
    io.store(accumulate ? hn::Add(io.load(y + c), sum) : sum, y + c);
  });
}

void scale_range(std::int64_t count, real factor, real shift, const real* x, real* y, bool accumulate) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
    const Vector v = hn::MulAdd(fill(factor), io.load(x + i), fill(shift));
    io.store(accumulate ? hn::Add(io.load(y + i), v) : v, y + i);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(scale_row);
HWY_EXPORT(dots_of_sample);
HWY_EXPORT(scale_range);

void scale_channels(const Workers& workers, std::int64_t samples, std::int64_t positions, std::int64_t channels,
                    const real* x, const real* factors, real* y, bool accumulate) {
  for_rows(workers, samples * positions, channels, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t row = first; row < first + count; ++row) HWY_DYNAMIC_DISPATCH(scale_row)
    (channels, x + row * channels, factors + row / positions * channels, y + row * channels, accumulate);
  });
}

void channel_dots(const Workers& workers, std::int64_t samples, std::int64_t positions, std::int64_t channels,
                  const real* a, const real* b, real* y, bool accumulate) {
  const std::int64_t size = positions * channels;
  for_rows(workers, samples, size, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t s = first; s < first + count; ++s) HWY_DYNAMIC_DISPATCH(dots_of_sample)
    (positions, channels, a + s * size, b + s * size, y + s * channels, accumulate);
  });
}

void shuffle_channels(const Workers& workers, std::int64_t rows, std::int64_t channels, std::int64_t groups, bool back,
                      const real* x, real* y, bool accumulate) {
  const std::int64_t lines = back ? channels / groups : groups, length = channels / lines;
  for_rows(workers, rows, channels, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t at = first * channels; at < (first + count) * channels; at += channels)
      for (std::int64_t i = 0; i < lines; ++i)
        for (std::int64_t j = 0; j < length; ++j) {
          const real value = x[at + i * length + j];
          real& to = y[at + j * lines + i];
          to = accumulate ? to + value : value;
        }
  });
}

void scale(const Workers& workers, std::int64_t count, real factor, real shift, const real* x, real* y,
           bool accumulate) {
  for_rows(workers, count, 1, [&](std::int64_t first, std::int64_t n) {
    HWY_DYNAMIC_DISPATCH(scale_range)(n, factor, shift, x + first, y + first, accumulate);
  });
}

}  // namespace cnnctl::kernels
#endif
