#include "kernels/pointwise/epilogue.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/epilogue.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/pointwise/activation_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// y = act(y + bias) for rows of any distance.
template <class Op>
HWY_INLINE void finish_rows(const Op& op, std::int64_t rows, std::int64_t channels, const real* bias, real* y,
                            std::int64_t ldy) {
  for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
    if (bias == nullptr) {
      for (std::int64_t row = 0; row < rows; ++row) io.store(op.value(io.load(y + row * ldy + c)), y + row * ldy + c);
      return;
    }
    const Vector added = io.load(bias + c);
    for (std::int64_t row = 0; row < rows; ++row)
      io.store(op.value(hn::Add(io.load(y + row * ldy + c), added)), y + row * ldy + c);
  });
}

/// Few channels: as many rows as a register has lanes hold whole registers, one for each channel, and the biases repeat
/// after them.
template <class Op>
HWY_INLINE void finish_narrow(const Op& op, std::int64_t rows, std::int64_t channels, const real* bias, real* y) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
  real pattern[HWY_MAX_BYTES / sizeof(real) * (HWY_MAX_BYTES / sizeof(real))];
  for (std::int64_t i = 0; i < lanes * channels; ++i) pattern[i] = bias != nullptr ? bias[i % channels] : real{0};
  std::int64_t row = 0;
  for (; row + lanes <= rows; row += lanes)
    for (std::int64_t c = 0; c < channels; ++c) {
      real* at = y + row * channels + c * lanes;
      hn::StoreU(op.value(hn::Add(hn::LoadU(Reals(), at), hn::LoadU(Reals(), pattern + c * lanes))), Reals(), at);
    }
  finish_rows(op, rows - row, channels, bias, y + row * channels, channels);
}

void apply_epilogue(const Epilogue& epilogue, std::int64_t rows, std::int64_t channels, real* y, std::int64_t ldy) {
  const real* bias = epilogue.bias;
  with_activation(epilogue.activation, [=](auto op) HWY_ATTR {
    if (ldy == channels && channels < static_cast<std::int64_t>(hn::Lanes(Reals())))
      return finish_narrow(op, rows, channels, bias, y);
    constexpr std::int64_t kBlock = 16;  // rows whose lines stay in the cache
    for (std::int64_t row = 0; row < rows; row += kBlock)
      finish_rows(op, HWY_MIN(kBlock, rows - row), channels, bias, y + row * ldy, ldy);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(apply_epilogue);

void apply_epilogue(const Epilogue& epilogue, std::int64_t rows, std::int64_t channels, real* y, std::int64_t ldy) {
  if (epilogue.bias == nullptr && epilogue.activation.type == Activation::Type::none) return;
  HWY_DYNAMIC_DISPATCH(apply_epilogue)(epilogue, rows, channels, y, ldy);
}

}  // namespace cnnctl::kernels
#endif
