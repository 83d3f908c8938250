#include "kernels/conv.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/epilogue.cpp"
#include "kernels/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/activation_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// y = act(y + bias) for one row.
template <class Op>
HWY_INLINE void finish_row(const Op& op, std::int64_t channels, const real* bias, real* y) {
  for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
    const Vector value = io.load(y + c);
    io.store(op.value(bias != nullptr ? hn::Add(value, io.load(bias + c)) : value), y + c);
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
  for (; row < rows; ++row) finish_row(op, channels, bias, y + row * channels);
}

void apply_epilogue(const Epilogue& epilogue, std::int64_t rows, std::int64_t channels, real* y, std::int64_t ldy) {
  const real* bias = epilogue.bias;
  with_activation(epilogue.activation, [=](auto op) HWY_ATTR {
    if (ldy == channels && channels < static_cast<std::int64_t>(hn::Lanes(Reals())))
      return finish_narrow(op, rows, channels, bias, y);
    for (std::int64_t row = 0; row < rows; ++row) finish_row(op, channels, bias, y + row * ldy);
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
