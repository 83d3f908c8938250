// From tiles of pixels to the points that are multiplied. Included once per instruction set, after simd_inl.hpp.
// Knows tiles; knows no matrix of the algorithm.

#if defined(CNNCTL_KERNELS_WINOGRAD_POINTS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CNNCTL_KERNELS_WINOGRAD_POINTS_INL
#undef CNNCTL_KERNELS_WINOGRAD_POINTS_INL
#else
#define CNNCTL_KERNELS_WINOGRAD_POINTS_INL
#endif

#include "kernels/conv/winograd/tiles.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {

/// Column j of a tile, `from` its first pixel: `size` vectors, zero outside of the image.
template <int size, bool whole, class Io>
HWY_INLINE void load_column(Io io, const real* from, const TilePixels at, int j, Vector* d) {
  HWY_UNROLL(8)
  for (int i = 0; i < size; ++i, from += at.row)
    d[i] = whole || (at.there >> (i * size + j) & 1) != 0 ? io.load(from) : hn::Zero(Reals());
}

/// line x line points from size x size pixels of each tile. `points(d, from, v, to)` makes `line` vectors at distance
/// `to` of `size` ones at distance `from`: it is applied to columns, then to rows. Loads and stores walk by pointer:
/// addresses of so many places would cost more than the sums.
template <int size, int line, class Points>
HWY_INLINE void tiles_to_points(const TileRange& tiles, const TileImages& images, const real* x,
                                const TilePoints<real>& v, const Points& points) {
  const std::int64_t plane = v.plane;
  for_tiles<size>(tiles, images, [&](std::int64_t t, const TilePixels& at, auto whole) HWY_ATTR {
    for_lanes(images.c, [&](std::int64_t c, auto io) HWY_ATTR {
      Vector d[size], half[line * size], out[line];
      HWY_UNROLL(8)
      for (int j = 0; j < size; ++j) {
        load_column<size, decltype(whole)::value>(io, x + at.first + j * at.pixel + c, at, j, d);
        points(d, 1, half + j, size);
      }
      real* to = v.data + t * v.row + c;
      HWY_UNROLL(8)
      for (int i = 0; i < line; ++i) {
        points(half + i * size, 1, out, 1);
        HWY_UNROLL(8)
        for (int j = 0; j < line; ++j, to += plane) io.store(out[j], to);
      }
    });
  });
}

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
