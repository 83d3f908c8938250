// A convolution in the terms of Winograd's method: which shapes it takes, how filters fall into blocks and outputs into
// tiles, and where V, U and M stand.
//
// F(4x4, r x r) takes filters of up to r x r taps. Larger ones are cut into blocks of 4x4 taps (the last of a line up
// to r wide): an output tile is the sum of products with the input tiles that stand whole tiles further on, one for
// each block. What the blocks see counts as channels of V, `depth` of them. A dilated convolution is an undilated one
// of each phase of the image (winograd.hpp).
#pragma once

#include "kernels/conv/algorithm.hpp"
#include "kernels/conv/winograd/winograd.hpp"

namespace cnnctl::kernels {

/// Names of the algorithms: one for each scheme.
constexpr std::string_view kWinograd3 = "winograd 4x4", kWinograd4 = "winograd 4x4, 4x4",
                           kWinograd5 = "winograd 4x4, 5x5";

/// Largest U that is made as a whole: 9.4 MB.
constexpr std::int64_t kWinogradWholeBank = 36 * 256 * 256;

/// F(4x4, taps x taps) takes g, and is faster than the direct algorithms.
bool winograd_applies(const ConvGeometry& g, std::int64_t taps);

/// Taps [row, row + rows) x [column, column + columns) of a filter.
struct FilterTaps {
  std::int64_t row, column, rows, columns;
};

struct WinogradConv {
  ConvGeometry g;
  WinogradScheme scheme;
  std::int64_t blocks_down, blocks_across;
  std::int64_t blocks, depth;  // depth: blocks * C
  std::int64_t points;
  TileRange all;  // tiles of the batch

  explicit WinogradConv(const ConvGeometry& geometry);

  FilterTaps taps(std::int64_t block) const;
  TileRange range(std::int64_t first, std::int64_t count) const;

  /// From one plane of a matrix to the next.
  static std::int64_t plane(std::int64_t rows, std::int64_t columns) { return rows * columns + kWinogradApart; }
  std::int64_t matrix_values(std::int64_t rows, std::int64_t columns) const { return points * plane(rows, columns); }
  std::size_t matrix_bytes(std::int64_t rows, std::int64_t columns) const {
    return static_cast<std::size_t>(matrix_values(rows, columns)) * sizeof(real);
  }

  /// V (tiles, channels) of input channels [first, first + channels) as a block sees them.
  void input(const TileRange& tiles, std::int64_t block, std::int64_t first, std::int64_t channels, const real* x,
             const TilePoints<real>& v) const;
  /// V (tiles, depth) of all blocks and channels.
  void input(const TileRange& tiles, const real* x, const TilePoints<real>& v) const;
  /// The outputs as images of channels [first, first + channels).
  TileImages outputs(std::int64_t channels) const;
};

/// The filters of a convolution; `turned`: of the one whose input gradient it is, with C and K exchanged.
struct WinogradBank {
  const real* w;
  bool turned;
};

/// Of one block of the filters: input channels [c, c + rows) and output channels [k, k + width), at most a panel.
struct BankPart {
  std::int64_t block, c, rows, k, width;
};

/// U of a part: point i (rows, width) at u + i * u_plane.
void winograd_bank(const WinogradConv& conv, const WinogradBank& bank, const BankPart& part, real* u,
                   std::int64_t u_plane);

/// U[i] (depth, K) of all filters, in panels (products.hpp); the planes stand conv.plane(depth, K) apart.
void winograd_bank(const Workers& workers, const WinogradConv& conv, const WinogradBank& bank, real* u);

}  // namespace cnnctl::kernels
