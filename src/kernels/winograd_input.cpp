// The input transform.
#include "kernels/winograd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd_input.cpp"
#include "kernels/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/winograd_points_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// B': six inputs at distance `from` to six points at distance `to`.
struct InputPoints {
  HWY_INLINE void operator()(const Vector* d, int from, Vector* v, int to) const {
    const Vector d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from], d5 = d[5 * from];
    const Vector two = constant(2), four = constant(4), five = constant(5);
    const Vector even = hn::NegMulAdd(four, d2, d4), odd = hn::NegMulAdd(four, d1, d3);  // d4 - 4 d2, d3 - 4 d1
    const Vector even2 = hn::Sub(d4, d2), odd2 = hn::Mul(two, hn::Sub(d3, d1));
    v[0] = hn::MulAdd(four, d0, hn::NegMulAdd(five, d2, d4));
    v[to] = hn::Add(even, odd);
    v[2 * to] = hn::Sub(even, odd);
    v[3 * to] = hn::Add(even2, odd2);
    v[4 * to] = hn::Sub(even2, odd2);
    v[5 * to] = hn::MulAdd(four, d1, hn::NegMulAdd(five, d3, d5));
  }
};

void winograd_input(const TileRange& tiles, const TileImages& images, const real* x, real* v, std::int64_t plane) {
  tiles_to_points<6>(tiles, images, x, v, plane, InputPoints());
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(winograd_input);

void winograd_input(const TileRange& tiles, const TileImages& images, const real* x, real* v, std::int64_t plane) {
  HWY_DYNAMIC_DISPATCH(winograd_input)(tiles, images, x, v, plane);
}

}  // namespace cnnctl::kernels
#endif
