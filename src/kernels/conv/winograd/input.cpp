// The input transform.
#include "kernels/conv/winograd/winograd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/input.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/conv/winograd/lines_inl.hpp"
#include "kernels/conv/winograd/points_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

void winograd_input(WinogradScheme scheme, const TileRange& tiles, const TileImages& images, const real* x,
                    const TilePoints<real>& v) {
  with_lines(scheme, [&](auto lines) HWY_ATTR {
    using Lines = decltype(lines);
    tiles_to_points<Lines::kLine, Lines::kLine>(tiles, images, x, v,
                                                [](const Vector* d, int from, Vector* to, int step)
                                                    HWY_ATTR { Lines::input(d, from, to, step); });
  });
}

void winograd_copy(WinogradScheme scheme, std::int64_t tiles, std::int64_t channels, const TilePoints<real>& from,
                   const TilePoints<real>& to) {
  for (std::int64_t i = 0; i < scheme.points(); ++i) {
    const real* source = from.data + i * from.plane;
    real* target = to.data + i * to.plane;
    for (std::int64_t t = 0; t < tiles; ++t, source += from.row, target += to.row)
      for_lanes(channels, [&](std::int64_t c, auto io) HWY_ATTR { io.store(io.load(source + c), target + c); });
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(winograd_input);
HWY_EXPORT(winograd_copy);

void winograd_input(WinogradScheme scheme, const TileRange& tiles, const TileImages& images, const real* x,
                    const TilePoints<real>& v) {
  HWY_DYNAMIC_DISPATCH(winograd_input)(scheme, tiles, images, x, v);
}

void winograd_copy(WinogradScheme scheme, std::int64_t tiles, std::int64_t channels, const TilePoints<real>& from,
                   const TilePoints<real>& to) {
  HWY_DYNAMIC_DISPATCH(winograd_copy)(scheme, tiles, channels, from, to);
}

}  // namespace cnnctl::kernels
#endif
