#include "kernels/pointwise/pixels.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/pixels.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

template <class D>
HWY_INLINE hn::Vec<D> load_pixels(D d, const std::uint8_t* p) {
  const hn::Rebind<std::int32_t, D> integers;
  const auto values = hn::PromoteTo(integers, hn::LoadU(hn::Rebind<std::uint8_t, D>(), p));
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(double))
    return hn::PromoteTo(d, values);
  else
    return hn::ConvertTo(d, values);
}

template <class D>
HWY_INLINE hn::Vec<D> load_pixels(D d, const float* p) {
  const auto values = hn::LoadU(hn::Rebind<float, D>(), p);
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(double))
    return hn::PromoteTo(d, values);
  else
    return values;
}

template <class T>
HWY_INLINE void normalise_all(std::int64_t count, const T* pixels, std::int64_t period, const real* scale,
                              const real* shift, real* x) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
  std::int64_t i = 0, at = 0;
  for (; i + lanes <= count; i += lanes) {
    Whole::store(hn::Add(hn::Mul(load_pixels(Reals(), pixels + i), Whole::load(scale + at)), Whole::load(shift + at)),
                 x + i);
    at = at + lanes == period ? 0 : at + lanes;
  }
  for (; i < count; ++i, ++at) x[i] = static_cast<real>(pixels[i]) * scale[at] + shift[at];
}

void normalise_bytes(std::int64_t count, const std::uint8_t* pixels, std::int64_t period, const real* scale,
                     const real* shift, real* x) {
  normalise_all(count, pixels, period, scale, shift, x);
}

void normalise_floats(std::int64_t count, const float* pixels, std::int64_t period, const real* scale,
                      const real* shift, real* x) {
  normalise_all(count, pixels, period, scale, shift, x);
}

// Plain loops that the compiler vectorises.

void to_floats(std::int64_t count, const std::uint8_t* HWY_RESTRICT pixels, float* HWY_RESTRICT floats) {
  for (std::int64_t i = 0; i < count; ++i) floats[i] = static_cast<float>(pixels[i]);
}

void add_pixels(std::int64_t count, const std::uint8_t* HWY_RESTRICT pixels, std::int64_t period,
                std::uint32_t* HWY_RESTRICT sums, std::uint32_t* HWY_RESTRICT squares) {
  for (; count > 0; count -= period, pixels += period) {
    const std::int64_t here = std::min(count, period);
    for (std::int64_t i = 0; i < here; ++i) {
      const std::uint16_t value = pixels[i];
      sums[i] += value;
      squares[i] += static_cast<std::uint16_t>(value * value);
    }
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(normalise_bytes);
HWY_EXPORT(normalise_floats);
HWY_EXPORT(to_floats);
HWY_EXPORT(add_pixels);

void normalise(std::int64_t count, const std::uint8_t* pixels, std::int64_t period, const real* scale,
               const real* shift, real* x) {
  HWY_DYNAMIC_DISPATCH(normalise_bytes)(count, pixels, period, scale, shift, x);
}

void normalise(std::int64_t count, const float* pixels, std::int64_t period, const real* scale, const real* shift,
               real* x) {
  HWY_DYNAMIC_DISPATCH(normalise_floats)(count, pixels, period, scale, shift, x);
}

void to_floats(std::int64_t count, const std::uint8_t* pixels, float* floats) {
  HWY_DYNAMIC_DISPATCH(to_floats)(count, pixels, floats);
}

void add_pixels(std::int64_t count, const std::uint8_t* pixels, std::int64_t period, std::uint32_t* sums,
                std::uint32_t* squares) {
  HWY_DYNAMIC_DISPATCH(add_pixels)(count, pixels, period, sums, squares);
}

}  // namespace cnnctl::kernels
#endif
