// The output transform, with bias and activation.
#include <type_traits>

#include "kernels/conv/winograd/tiles.hpp"
#include "kernels/conv/winograd/winograd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/output.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/conv/winograd/lines_inl.hpp"
#include "kernels/pointwise/activation_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Where outputs go, and what happens to them before.
template <class Op>
struct Outputs {
  const real* bias;
  bool accumulate;
  Op op;
  real* y;
};

/// Channels from c on of one tile, `m` its first point.
template <class Lines, bool whole, class Op, class Io>
HWY_INLINE void output_tile(const Outputs<Op> o, Io io, const real* m, std::int64_t plane, const TilePixels at,
                            std::int64_t c) {
  constexpr int kLine = Lines::kLine, kOut = kWinogradOut;
  Vector in[kLine], half[kOut * kLine], out[kOut];
  HWY_UNROLL(8)
  for (int j = 0; j < kLine; ++j) {
    const real* from = m + j * plane;
    HWY_UNROLL(8)
    for (int i = 0; i < kLine; ++i, from += kLine * plane) in[i] = io.load(from);
    Lines::output(in, 1, half + j, kLine);
  }
  const Vector shift = o.bias != nullptr ? io.load(o.bias + c) : hn::Zero(Reals());
  HWY_UNROLL(4)
  for (int i = 0; i < kOut; ++i) {
    Lines::output(half + i * kLine, 1, out, 1);
    real* to = o.y + at.first + i * at.row + c;
    HWY_UNROLL(4)
    for (int j = 0; j < kOut; ++j, to += at.pixel) {
      if (!whole && (at.there >> (i * kOut + j) & 1) == 0) continue;
      Vector value = hn::Add(out[j], shift);
      if (o.accumulate) value = hn::Add(io.load(to), value);
      io.store(o.op.value(value), to);
    }
  }
}

void winograd_output(WinogradScheme scheme, const TileRange& tiles, const TileImages& images,
                     const TilePoints<const real>& m, const real* bias, Activation activation, bool accumulate,
                     real* y) {
  with_lines(scheme, [&](auto lines) HWY_ATTR {
    with_short_activation(activation, [&](auto op) HWY_ATTR {
      const Outputs<decltype(op)> outputs{bias, accumulate, op, y};
      const Outputs<Called> last_outputs{bias, accumulate, Called{activation}, y};
      for_tiles<kWinogradOut>(tiles, images, [&](std::int64_t t, const TilePixels& at, auto whole) HWY_ATTR {
        constexpr bool kWhole = decltype(whole)::value;
        for_lanes(images.c, [&](std::int64_t c, auto io) HWY_ATTR {
          const real* from = m.data + t * m.row + c;
          if constexpr (std::is_same_v<decltype(io), Whole>)
            output_tile<decltype(lines), kWhole>(outputs, io, from, m.plane, at, c);
          else  // the last channels
            output_tile<decltype(lines), kWhole>(last_outputs, io, from, m.plane, at, c);
        });
      });
    });
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(winograd_output);

void winograd_output(WinogradScheme scheme, const TileRange& tiles, const TileImages& images,
                     const TilePoints<const real>& m, const real* bias, Activation activation, bool accumulate,
                     real* y) {
  HWY_DYNAMIC_DISPATCH(winograd_output)(scheme, tiles, images, m, bias, activation, accumulate, y);
}

}  // namespace cnnctl::kernels
#endif
