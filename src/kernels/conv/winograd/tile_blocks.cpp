#include "kernels/conv/winograd/tile_blocks.hpp"

#include <algorithm>

#include "kernels/matrix/products.hpp"
#include "kernels/matrix/transpose.hpp"
#include "kernels/simd/cut.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kFewestChannels = 8;  // with fewer the transforms outweigh the products
constexpr std::int64_t kFilterRows = 16;     // that are transformed together

/// The blocks of a line of taps; a filter that a scheme takes whole is one.
std::int64_t blocks_of(WinogradScheme scheme, std::int64_t taps) {
  return 1 + pieces(std::max<std::int64_t>(taps - scheme.taps, 0), kWinogradOut);
}

/// The scheme with the fewest multiplications.
WinogradScheme scheme_of(const ConvGeometry& g) {
  if (std::max(g.kh, g.kw) <= 3) return {3};
  const auto points = [&](WinogradScheme s) { return s.points() * blocks_of(s, g.kh) * blocks_of(s, g.kw); };
  return points({4}) <= points({5}) ? WinogradScheme{4} : WinogradScheme{5};
}

/// All tiles of the batch's outputs.
TileRange tiles_of(const ConvGeometry& g) {
  const std::int64_t phase_rows = std::min(g.dilation_h, g.oh), phase_columns = std::min(g.dilation_w, g.ow);
  const std::int64_t rows = pieces(pieces(g.oh, g.dilation_h), kWinogradOut);
  const std::int64_t columns = pieces(pieces(g.ow, g.dilation_w), kWinogradOut);
  return {0, g.n * phase_rows * phase_columns * rows * columns, rows, columns, phase_rows, phase_columns};
}

/// Pairs of a result and a tap inside of the image, along one axis.
std::int64_t pairs(std::int64_t results, std::int64_t taps, std::int64_t dilation, std::int64_t pad,
                   std::int64_t size) {
  std::int64_t sum = 0;
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    const Inside inside(tap * dilation - pad, 1, results, size);
    sum += inside.end - inside.begin;
  }
  return sum;
}

/// Multiplications for a pair of channels, those with the padding left out; measured: a little more for pixels that
/// stand apart.
double direct_cost(const ConvGeometry& g) {
  const std::int64_t rows = pairs(g.oh, g.kh, g.dilation_h, g.pad_top, g.h);
  const std::int64_t columns = pairs(g.ow, g.kw, g.dilation_w, g.pad_left, g.w);
  return static_cast<double>(g.n * rows * columns) * (g.undilated() ? 1 : 1.2);
}

/// Likewise; the transforms cost as much as so many multiplications, for each channel (measured).
double winograd_cost(const WinogradConv& conv) {
  constexpr double kProduct = 1.25, kInput = 9, kCopy = 3, kOutput = 7;
  const auto blocks = static_cast<double>(conv.blocks), c = static_cast<double>(conv.g.c),
             k = static_cast<double>(conv.g.k);
  return static_cast<double>(conv.all.count * conv.points) *
         (kProduct * blocks + (kInput + kCopy * (blocks - 1)) / k + kOutput / c);
}

}  // namespace

bool winograd_applies(const ConvGeometry& g, std::int64_t taps) {
  if (!g.unit_stride() || g.groups != 1 || g.c < kFewestChannels || g.k < kFewestChannels || scheme_of(g).taps != taps)
    return false;
  if (g.kh == 3 && g.kw == 3 && g.undilated()) return true;
  return winograd_cost(WinogradConv(g)) < direct_cost(g);
}

WinogradConv::WinogradConv(const ConvGeometry& geometry)
    : g(geometry),
      scheme(scheme_of(g)),
      blocks_down(blocks_of(scheme, g.kh)),
      blocks_across(blocks_of(scheme, g.kw)),
      blocks(blocks_down * blocks_across),
      depth(blocks * g.c),
      points(scheme.points()),
      all(tiles_of(g)) {}

FilterTaps WinogradConv::taps(std::int64_t block) const {
  const std::int64_t down = block / blocks_across, across = block % blocks_across;
  const std::int64_t row = down * kWinogradOut, column = across * kWinogradOut;
  return {row, column, down + 1 < blocks_down ? kWinogradOut : g.kh - row,
          across + 1 < blocks_across ? kWinogradOut : g.kw - column};
}

TileRange WinogradConv::range(std::int64_t first, std::int64_t count) const {
  TileRange r = all;
  r.first = first;
  r.count = std::min(count, all.count - first);
  return r;
}

void WinogradConv::input(const TileRange& tiles, std::int64_t block, std::int64_t first, std::int64_t channels,
                         const real* x, const TilePoints<real>& v) const {
  const FilterTaps at = taps(block);
  const TileImages images{g.h,
                          g.w,
                          g.c,
                          channels,
                          at.row * g.dilation_h - g.pad_top,
                          at.column * g.dilation_w - g.pad_left,
                          g.dilation_h,
                          g.dilation_w};
  winograd_input(scheme, tiles, images, x + first, v);
}

void WinogradConv::input(const TileRange& tiles, const real* x, const TilePoints<real>& v) const {
  input(tiles, 0, 0, g.c, x, v);
  for (std::int64_t block = 1; block < blocks; ++block) {
    // What this block sees of a tile, the block above it or to its left sees of the tile below or to the right.
    const bool above = block >= blocks_across;
    const std::int64_t other = block - (above ? blocks_across : 1), step = above ? all.columns : 1;
    const auto known = [&](std::int64_t t) {
      const std::int64_t place = (tiles.first + t) % (all.rows * all.columns);
      return t + step < tiles.count &&
             (above ? place / all.columns + 1 < all.rows : place % all.columns + 1 < all.columns);
    };
    for (std::int64_t t = 0, end = 0; t < tiles.count; t = end) {
      const bool copy = known(t);
      while (end < tiles.count && known(end) == copy) ++end;
      const TilePoints<real> to = v.at(t, block * g.c);
      if (copy)
        winograd_copy(scheme, end - t, g.c, v.at(t + step, other * g.c), to);
      else
        input(range(tiles.first + t, end - t), block, 0, g.c, x, to);
    }
  }
}

TileImages WinogradConv::outputs(std::int64_t channels) const {
  return {g.oh, g.ow, g.k, channels, 0, 0, g.dilation_h, g.dilation_w};
}

void winograd_bank(const WinogradConv& conv, const WinogradBank& bank, const BankPart& part, real* u,
                   std::int64_t u_plane) {
  const ConvGeometry& g = conv.g;
  const FilterTaps taps = conv.taps(part.block);
  real block[kWinogradMostTaps * kWinogradMostTaps * kFilterRows * kPanel];
  for (std::int64_t row = 0; row < part.rows; row += kFilterRows) {
    const std::int64_t c = part.c + row, rows = std::min(kFilterRows, part.rows - row);
    WinogradFilters filters{.down = taps.rows,
                            .across = taps.columns,
                            .rows = rows,
                            .length = part.width,
                            .w_row = g.k,
                            .tap_row = g.kw * g.c * g.k,
                            .tap = g.c * g.k,
                            .u_row = part.width,
                            .u_plane = u_plane};
    const real* w = bank.w + ((taps.row * g.kw + taps.column) * g.c + c) * g.k + part.k;
    if (bank.turned) {
      filters.w_row = kPanel;
      filters.tap = kFilterRows * kPanel;
      filters.tap_row = taps.columns * filters.tap;
      for (std::int64_t i = 0; i < taps.rows; ++i)
        for (std::int64_t j = 0; j < taps.columns; ++j) {
          const std::int64_t tap = g.taps() - 1 - (taps.row + i) * g.kw - taps.column - j;
          transpose(part.width, rows, bank.w + (tap * g.k + part.k) * g.c + c, g.c,
                    block + i * filters.tap_row + j * filters.tap, kPanel);
        }
      w = block;
    }
    winograd_weights(conv.scheme, filters, w, u + row * part.width);
  }
}

void winograd_bank(const Workers& workers, const WinogradConv& conv, const WinogradBank& bank, real* u) {
  const ConvGeometry& g = conv.g;
  const std::int64_t panels = pieces(g.k, kPanel), parts = pieces(g.c, kFilterRows);
  workers.run(panels * parts * conv.blocks, [&](std::int64_t task, int) {
    const std::int64_t block = task / (panels * parts), c = task / panels % parts * kFilterRows;
    const std::int64_t k = task % panels * kPanel, width = std::min(kPanel, g.k - k);
    winograd_bank(conv, bank, {block, c, std::min(kFilterRows, g.c - c), k, width},
                  u + k * conv.depth + (block * g.c + c) * width, conv.plane(conv.depth, g.k));
  });
}

}  // namespace cnnctl::kernels
