// The transforms of Winograd's minimal filtering F(4x4, 3x3): Lavin and Gray, "Fast algorithms for convolutional neural
// networks", CVPR 2016, with the interpolation points 0, 1, -1, 2, -2, infinity.
//
// A tile is 4x4 outputs and the 6x6 inputs below them. In the transformed domain a tile has 36 positions, and a
// convolution is 36 independent products: M[i] (tiles, K) = V[i] (tiles, C) * U[i] (C, K).
#pragma once

#include <cstdint>

#include "kernels/activation.hpp"
#include "tensor/shape.hpp"

namespace cnnctl::kernels {

constexpr std::int64_t kWinogradOut = 4, kWinogradIn = 6, kWinogradPoints = 36;

/// Values to leave between the planes of V or M beside their tiles, lest all planes fall into the same few sets of a
/// cache.
constexpr std::int64_t kWinogradApart = 16;

/// Tiles [first, first + count) of a batch of images (N,H,W,C), counted by image, then row, then column.
struct TileRange {
  std::int64_t first, count;
  std::int64_t rows, columns;  // tiles of one image
};

/// An image batch as the transforms see it: C channels of pixels that are `pixel` values apart. `top`, `left`: where
/// the first tile begins (minus the padding).
struct TileImages {
  std::int64_t h, w, pixel, c;
  std::int64_t top, left;
};

/// V[i][t] (C) = (B' d B)[i] of tile t's 6x6 inputs, outside of the image zero; the planes are `plane` values apart.
void winograd_input(const TileRange& tiles, const TileImages& images, const real* x, real* v, std::int64_t plane);

/// y = act(A' m A + bias), or y +=, for each tile's 4x4 outputs that lie inside the image.
void winograd_output(const TileRange& tiles, const TileImages& images, const real* m, std::int64_t plane,
                     const real* bias, Activation activation, bool accumulate, real* y);

/// The transpose of the output transform, for the weight gradient: M[i][t] (K) = (A dy A')[i], outside zero.
void winograd_output_gradient(const TileRange& tiles, const TileImages& images, const real* dy, real* m,
                              std::int64_t plane);

/// Filters side by side in memory, `rows` rows of `length`; the 9 planes of w and the 36 of U are *_plane values apart.
struct WinogradFilters {
  std::int64_t rows, length;
  std::int64_t w_row, w_plane, u_row, u_plane;
};

/// U[i] = (G w G')[i].
void winograd_weights(const WinogradFilters& filters, const real* w, real* u);

/// The transpose of it: w = G' dU G.
void winograd_weights_gradient(const WinogradFilters& filters, const real* du, real* dw);

}  // namespace cnnctl::kernels
