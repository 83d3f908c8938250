// The transpose of the output transform.
#include "kernels/conv/winograd/winograd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/output_gradient.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/conv/winograd/lines_inl.hpp"
#include "kernels/conv/winograd/points_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

void winograd_output_gradient(WinogradScheme scheme, const TileRange& tiles, const TileImages& images, const real* dy,
                              const TilePoints<real>& m) {
  with_lines(scheme, [&](auto lines) HWY_ATTR {
    using Lines = decltype(lines);
    tiles_to_points<kWinogradOut, Lines::kLine>(tiles, images, dy, m,
                                                [](const Vector* y, int from, Vector* to, int step)
                                                    HWY_ATTR { Lines::output_gradient(y, from, to, step); });
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(winograd_output_gradient);

void winograd_output_gradient(WinogradScheme scheme, const TileRange& tiles, const TileImages& images, const real* dy,
                              const TilePoints<real>& m) {
  HWY_DYNAMIC_DISPATCH(winograd_output_gradient)(scheme, tiles, images, dy, m);
}

}  // namespace cnnctl::kernels
#endif
