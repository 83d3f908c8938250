// Which convolutions Winograd's F(4x4, 3x3) takes, and how their outputs fall into tiles.
#pragma once

#include "kernels/conv.hpp"
#include "kernels/winograd.hpp"

namespace cnnctl::kernels {

/// 3x3, without stride, dilation and groups, with enough channels that the products outweigh the transforms.
inline bool winograd_applies(const ConvGeometry& g) {
  constexpr std::int64_t kFewestChannels = 8;
  return g.kh == 3 && g.kw == 3 && g.unit_stride() && g.undilated() && g.groups == 1 && g.c >= kFewestChannels &&
         g.k >= kFewestChannels;
}

/// All tiles of the batch's outputs.
inline TileRange winograd_tiles(const ConvGeometry& g) {
  const std::int64_t rows = pieces(g.oh, kWinogradOut), columns = pieces(g.ow, kWinogradOut);
  return {0, g.n * rows * columns, rows, columns};
}

}  // namespace cnnctl::kernels
