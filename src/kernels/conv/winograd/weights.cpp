// The transform of the filters, and its transpose.
#include "kernels/conv/winograd/winograd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/weights.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/conv/winograd/lines_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// U of filters side by side.
template <class Lines, class Io>
HWY_INLINE void filter_points(const WinogradFilters& f, Io io, const real* w, real* u) {
  constexpr int kTaps = Lines::kTaps, kLine = Lines::kLine;
  Vector in[kTaps], half[kTaps * kLine], out[kLine];
  for (int j = 0; j < kTaps; ++j) {
    for (int i = 0; i < kTaps; ++i)
      in[i] = i < f.down && j < f.across ? io.load(w + i * f.tap_row + j * f.tap) : hn::Zero(Reals());
    Lines::weights(in, 1, half + j, kTaps);
  }
  for (int i = 0; i < kLine; ++i) {
    Lines::weights(half + i * kTaps, 1, out, 1);
    for (int j = 0; j < kLine; ++j) io.store(out[j], u + (i * kLine + j) * f.u_plane);
  }
}

template <class Lines, class Io>
HWY_INLINE void filter_gradient(const WinogradFilters& f, Io io, const real* du, real* dw) {
  constexpr int kTaps = Lines::kTaps, kLine = Lines::kLine;
  Vector in[kLine], half[kTaps * kLine], out[kTaps];
  for (int j = 0; j < kLine; ++j) {
    for (int i = 0; i < kLine; ++i) in[i] = io.load(du + (i * kLine + j) * f.u_plane);
    Lines::weights_gradient(in, 1, half + j, kLine);
  }
  for (int i = 0; i < f.down; ++i) {
    Lines::weights_gradient(half + i * kLine, 1, out, 1);
    for (int j = 0; j < f.across; ++j) io.store(out[j], dw + i * f.tap_row + j * f.tap);
  }
}

void winograd_weights(WinogradScheme scheme, const WinogradFilters& f, const real* w, real* u) {
  with_lines(scheme, [&](auto lines) HWY_ATTR {
    for (std::int64_t row = 0; row < f.rows; ++row)
      for_lanes(f.length, [&](std::int64_t c, auto io) HWY_ATTR {
        filter_points<decltype(lines)>(f, io, w + row * f.w_row + c, u + row * f.u_row + c);
      });
  });
}

void winograd_weights_gradient(WinogradScheme scheme, const WinogradFilters& f, const real* du, real* dw) {
  with_lines(scheme, [&](auto lines) HWY_ATTR {
    for (std::int64_t row = 0; row < f.rows; ++row)
      for_lanes(f.length, [&](std::int64_t c, auto io) HWY_ATTR {
        filter_gradient<decltype(lines)>(f, io, du + row * f.u_row + c, dw + row * f.w_row + c);
      });
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(winograd_weights);
HWY_EXPORT(winograd_weights_gradient);

void winograd_weights(WinogradScheme scheme, const WinogradFilters& filters, const real* w, real* u) {
  HWY_DYNAMIC_DISPATCH(winograd_weights)(scheme, filters, w, u);
}

void winograd_weights_gradient(WinogradScheme scheme, const WinogradFilters& filters, const real* du, real* dw) {
  HWY_DYNAMIC_DISPATCH(winograd_weights_gradient)(scheme, filters, du, dw);
}

}  // namespace cnnctl::kernels
#endif
