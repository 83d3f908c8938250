// The transpose of the output transform.
#include "kernels/winograd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd_output_gradient.cpp"
#include "kernels/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/winograd_points_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// A: four output gradients to six points.
struct OutputGradientPoints {
  HWY_INLINE void operator()(const Vector* y, int from, Vector* m, int to) const {
    const Vector y0 = y[0], y1 = y[from], y2 = y[2 * from], y3 = y[3 * from];
    const Vector even = hn::Add(y0, y2), odd = hn::Add(y1, y3);
    const Vector even2 = hn::MulAdd(constant(4), y2, y0), odd2 = hn::MulAdd(constant(8), y3, hn::Mul(constant(2), y1));
    m[0] = y0;
    m[to] = hn::Add(even, odd);
    m[2 * to] = hn::Sub(even, odd);
    m[3 * to] = hn::Add(even2, odd2);
    m[4 * to] = hn::Sub(even2, odd2);
    m[5 * to] = y3;
  }
};

void winograd_output_gradient(const TileRange& tiles, const TileImages& images, const real* dy, real* m,
                              std::int64_t plane) {
  tiles_to_points<4>(tiles, images, dy, m, plane, OutputGradientPoints());
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(winograd_output_gradient);

void winograd_output_gradient(const TileRange& tiles, const TileImages& images, const real* dy, real* m,
                              std::int64_t plane) {
  HWY_DYNAMIC_DISPATCH(winograd_output_gradient)(tiles, images, dy, m, plane);
}

}  // namespace cnnctl::kernels
#endif
