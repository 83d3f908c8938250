// The transforms of Winograd's minimal filtering F(4x4, r x r): Lavin and Gray, "Fast algorithms for convolutional
// neural networks", CVPR 2016. r = 3 with the interpolation points 0, 1, -1, 2, -2, infinity; r = 5 with 1/2 and -1/2
// besides.
//
// A tile is 4x4 outputs and the (r + 3) x (r + 3) inputs below them. In the transformed domain a tile has as many
// points, and a convolution is independent products, one for each of them: M[i] (tiles, K) = V[i] (tiles, C) * U[i] (C,
// K).
#pragma once

#include <cstdint>

#include "kernels/pointwise/activation.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

constexpr std::int64_t kWinogradOut = 4, kWinogradMostTaps = 5;

/// Values to leave between the planes of V or M beside their tiles, lest all planes fall into the same few sets of a
/// cache.
constexpr std::int64_t kWinogradApart = 16;

/// F(4x4, taps x taps).
struct WinogradScheme {
  std::int64_t taps;  // 3, 4 or 5

  std::int64_t line() const { return kWinogradOut + taps - 1; }
  std::int64_t points() const { return line() * line(); }
};

/// Tiles [first, first + count) of a batch of images (N,H,W,C), counted by image, phase, row, then column. A phase is
/// every d-th row and column of an image, d the dilation: the pixels that meet in windows.
struct TileRange {
  std::int64_t first, count;
  std::int64_t rows, columns;              // tiles of one phase
  std::int64_t phase_rows, phase_columns;  // phases of one image
};

/// An image batch as the transforms see it: C channels of pixels that are `pixel` values apart. `top`, `left`: where
/// the first tile of the first phase begins (minus the padding); `down`, `across`: from a pixel of a tile to the next.
struct TileImages {
  std::int64_t h, w, pixel, c;
  std::int64_t top, left;
  std::int64_t down, across;
};

/// V or M of a range of tiles: point i of tile t is at data + i * plane + t * row.
template <class Real>
struct TilePoints {
  Real* data;
  std::int64_t plane, row;

  TilePoints at(std::int64_t tile, std::int64_t channel) const { return {data + tile * row + channel, plane, row}; }
};

/// V[i][t] (C) = (B' d B)[i] of tile t's inputs, outside of the image zero.
void winograd_input(WinogradScheme scheme, const TileRange& tiles, const TileImages& images, const real* x,
                    const TilePoints<real>& v);

/// to = from, `channels` values of `tiles` tiles.
void winograd_copy(WinogradScheme scheme, std::int64_t tiles, std::int64_t channels, const TilePoints<real>& from,
                   const TilePoints<real>& to);

/// y = act(A' m A + bias), or y +=, for each tile's 4x4 outputs that lie inside the image.
void winograd_output(WinogradScheme scheme, const TileRange& tiles, const TileImages& images,
                     const TilePoints<const real>& m, const real* bias, Activation activation, bool accumulate,
                     real* y);

/// The transpose of the output transform, for the weight gradient: M[i][t] (K) = (A dy A')[i], outside zero.
void winograd_output_gradient(WinogradScheme scheme, const TileRange& tiles, const TileImages& images, const real* dy,
                              const TilePoints<real>& m);

/// Filters side by side in memory, `rows` rows of `length`. Tap (i, j) stands at i * tap_row + j * tap, point i of U at
/// i * u_plane. Taps beyond `down` x `across` are zero and not in memory.
struct WinogradFilters {
  std::int64_t down = 0, across = 0;
  std::int64_t rows = 0, length = 0;
  std::int64_t w_row = 0, tap_row = 0, tap = 0;
  std::int64_t u_row = 0, u_plane = 0;
};

/// U[i] = (G w G')[i].
void winograd_weights(WinogradScheme scheme, const WinogradFilters& filters, const real* w, real* u);

/// The transpose of it: w = G' dU G.
void winograd_weights_gradient(WinogradScheme scheme, const WinogradFilters& filters, const real* du, real* dw);

}  // namespace cnnctl::kernels
