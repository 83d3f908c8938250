// Weight gradient of a convolution with stride 1 by Winograd's method: dU[i] = V[i]' * dM[i], a product for each point
// with the tiles as the summed dimension.
//
// Small filter banks: sums of images, each with its own dU in the cache, joined in order.
// Large ones: one dU; chunks of tiles are transformed, then the products of the chunk run side by side.
// Twice as large as V and M of all tiles, or larger: these are made first; then a task takes a block of the filters
// from the products to the gradient, and of dU there is only what a cache holds.
#include <algorithm>

#include "kernels/conv/families.hpp"
#include "kernels/conv/winograd/tile_blocks.hpp"
#include "kernels/matrix/gemm.hpp"
#include "kernels/matrix/products.hpp"
#include "kernels/pointwise/reduce.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kCachedWeights = 64 * 64 * 64;      // largest dU of which each worker keeps one of its own: 1 MB
constexpr std::int64_t kBlockValues = 36 * 64 * 160;       // V and M of one product of a sum: 1.5 MB ...
constexpr std::int64_t kMostTiles = 64, kLeastTiles = 16;  // ... which has at most, and at least so many tiles
constexpr std::int64_t kChunkValues = 2 * 1024 * 1024;     // V and M of a chunk: 8 MB
constexpr std::int64_t kBlockChannels = 64;                // of a block of filters: 64 x 64 have 0.6 MB of dU
constexpr std::int64_t kPart = 12;                         // tiles that one task transforms

/// V and M of a tile.
std::int64_t tile_values(const WinogradConv& conv) { return conv.points * (conv.depth + conv.g.k); }
std::int64_t bank_values(const WinogradConv& conv) { return conv.points * conv.depth * conv.g.k; }
bool by_planes(const WinogradConv& conv) { return bank_values(conv) > kCachedWeights; }

std::size_t bytes(std::int64_t values) { return static_cast<std::size_t>(values) * sizeof(real); }

template <std::int64_t taps>
bool sums_apply(const ConvGeometry& g) {
  return winograd_applies(g, taps) && !by_planes(WinogradConv(g));
}
template <std::int64_t taps>
bool planes_apply(const ConvGeometry& g) {
  return winograd_applies(g, taps) && by_planes(WinogradConv(g));
}

/// M of output channels [first, first + count).
void transform_dy(const WinogradConv& conv, const TileRange& tiles, std::int64_t first, std::int64_t count,
                  const real* dy, const TilePoints<real>& m) {
  winograd_output_gradient(conv.scheme, tiles, conv.outputs(count), dy + first, m);
}

/// A range of input channels of dU, as one block of the filters sees them, back to the taps of that block.
void transform_back(const WinogradConv& conv, std::int64_t block, const WinogradFilters& part, const real* du,
                    real* dw) {
  const ConvGeometry& g = conv.g;
  const FilterTaps taps = conv.taps(block);
  WinogradFilters filters = part;
  filters.down = taps.rows;
  filters.across = taps.columns;
  filters.tap = g.c * g.k;
  filters.tap_row = g.kw * filters.tap;
  winograd_weights_gradient(conv.scheme, filters, du, dw + (taps.row * g.kw + taps.column) * filters.tap);
}

/// dw = all of dU[i] (depth,K).
void transform_back(const Workers& workers, const WinogradConv& conv, const real* du, real* dw) {
  constexpr std::int64_t kPart = 2048;
  const std::int64_t count = conv.g.c * conv.g.k, parts = pieces(count, kPart);
  workers.run(conv.blocks * parts, [&](std::int64_t task, int) {
    const std::int64_t block = task / parts, first = task % parts * kPart;
    const WinogradFilters part{.rows = 1, .length = std::min(kPart, count - first), .u_plane = conv.depth * conv.g.k};
    transform_back(conv, block, part, du + block * count + first, dw + first);
  });
}

/// Tiles of one product of a sum.
std::int64_t block_of(const WinogradConv& conv) {
  return std::clamp(kBlockValues / tile_values(conv) / kLeastTiles * kLeastTiles, kLeastTiles, kMostTiles);
}

ConvNeeds sums_need(const ConvGeometry& g) {
  const WinogradConv conv(g);
  const std::int64_t block = block_of(conv);
  return {.prepared = 0, .shared = 0, .worker = conv.matrix_bytes(block, conv.depth) + conv.matrix_bytes(block, g.k)};
}

std::int64_t sum_values(const ConvGeometry& g) { return bank_values(WinogradConv(g)); }

void add(const ConvGeometry& g, const real* x, const real* dy, real* du, real* scratch) {
  const WinogradConv conv(g);
  const std::int64_t block = block_of(conv);
  const TilePoints<real> v{scratch, conv.plane(block, conv.depth), conv.depth};
  const TilePoints<real> m{scratch + conv.points * v.plane, conv.plane(block, g.k), g.k};
  for (std::int64_t first = 0; first < conv.all.count; first += block) {
    const TileRange tiles = conv.range(first, block);
    conv.input(tiles, x, v);
    transform_dy(conv, tiles, 0, g.k, dy, m);
    multiply({.count = conv.points,
              .m = conv.depth,
              .n = g.k,
              .k = tiles.count,
              .lda = v.row,
              .ldb = m.row,
              .ldc = g.k,
              .a_step = v.plane,
              .b_step = m.plane,
              .c_step = conv.depth * g.k,
              .transpose_a = true,
              .accumulate = true},
             v.data, m.data, du);
  }
}

void join(const Workers& workers, const ConvGeometry& g, std::int64_t sums, real* all, real* dw) {
  join_sums(workers, sums, sum_values(g), all, all);
  transform_back(workers, WinogradConv(g), all, dw);
}

std::int64_t chunk_of(const WinogradConv& conv) {
  const std::int64_t fit = kChunkValues / tile_values(conv) / kRowGroup * kRowGroup;
  return std::min(std::max(fit, kRowGroup), conv.all.count);
}

bool by_filters(const WinogradConv& conv) {
  return conv.blocks == 1 && 2 * conv.all.count * tile_values(conv) <= bank_values(conv);
}

/// A short batch may go by filters where a whole one does not: `whole` is room enough for its tiles, too.
ConvNeeds planes_need(const ConvGeometry& g) {
  const WinogradConv conv(g);
  const std::int64_t tiles = conv.all.count * tile_values(conv);
  const std::int64_t whole = bank_values(conv) + chunk_of(conv) * tile_values(conv);
  return {.prepared = 0,
          .shared = bytes(by_filters(conv) ? tiles : whole),
          .worker = bytes(conv.points * kBlockChannels * kBlockChannels)};
}

void run_planes(const Workers& workers, const WinogradConv& conv, const real* x, const real* dy, real* dw,
                const ConvScratch& scratch) {
  const std::int64_t chunk = chunk_of(conv), k = conv.g.k;
  auto* du = reinterpret_cast<real*>(scratch.shared);
  const TilePoints<real> v{du + bank_values(conv), chunk * conv.depth, conv.depth};
  const TilePoints<real> m{v.data + conv.points * v.plane, chunk * k, k};
  for (std::int64_t first = 0; first < conv.all.count; first += chunk) {
    const std::int64_t count = std::min(chunk, conv.all.count - first);
    workers.run(pieces(count, kRowGroup), [&](std::int64_t part, int) {
      const std::int64_t t = part * kRowGroup;
      const TileRange tiles = conv.range(first + t, std::min(kRowGroup, count - t));
      conv.input(tiles, x, v.at(t, 0));
      transform_dy(conv, tiles, 0, k, dy, m.at(t, 0));
    });
    workers.run(conv.points, [&](std::int64_t i, int) {
      Gemm({.m = conv.depth,
            .n = k,
            .k = count,
            .lda = v.row,
            .ldb = m.row,
            .ldc = k,
            .transpose_a = true,
            .accumulate = first > 0})(v.data + i * v.plane, m.data + i * m.plane, du + i * conv.depth * k);
    });
  }
  transform_back(workers, conv, du, dw);
}

/// Tiles by channels, in blocks of kBlockChannels: the planes of a block stand together, each (tiles, block).
class ChannelBlocks {
 public:
  ChannelBlocks(const WinogradConv& conv, std::int64_t channels, real* data)
      : conv_(conv), channels_(channels), data_(data) {}

  std::int64_t count() const { return pieces(channels_, kBlockChannels); }
  std::int64_t first(std::int64_t block) const { return block * kBlockChannels; }
  std::int64_t width(std::int64_t block) const { return std::min(kBlockChannels, channels_ - first(block)); }
  TilePoints<real> at(std::int64_t block) const {
    const std::int64_t tiles = conv_.all.count;
    return {data_ + conv_.points * tiles * first(block), tiles * width(block), width(block)};
  }

  /// Calls transform(tiles, first channel, channels, points) for parts of all tiles and blocks.
  template <class Transform>
  void fill(const Workers& workers, const Transform& transform) const {
    const std::int64_t parts = pieces(conv_.all.count, kPart);
    workers.run(parts * count(), [&](std::int64_t task, int) {
      const std::int64_t block = task / parts, t = task % parts * kPart;
      transform(conv_.range(t, kPart), first(block), width(block), at(block).at(t, 0));
    });
  }

 private:
  const WinogradConv& conv_;
  std::int64_t channels_;
  real* data_;
};

void run_filters(const Workers& workers, const WinogradConv& conv, const real* x, const real* dy, real* dw,
                 const ConvScratch& scratch) {
  const ConvGeometry& g = conv.g;
  auto* shared = reinterpret_cast<real*>(scratch.shared);
  const ChannelBlocks v(conv, g.c, shared), m(conv, g.k, shared + conv.points * conv.all.count * g.c);
  v.fill(workers, [&](const TileRange& tiles, std::int64_t first, std::int64_t count, const TilePoints<real>& to) {
    conv.input(tiles, 0, first, count, x, to);
  });
  m.fill(workers, [&](const TileRange& tiles, std::int64_t first, std::int64_t count, const TilePoints<real>& to) {
    transform_dy(conv, tiles, first, count, dy, to);
  });
  workers.run(v.count() * m.count(), [&](std::int64_t task, int worker) {
    const std::int64_t c = task / m.count(), k = task % m.count(), rows = v.width(c), columns = m.width(k);
    const TilePoints<real> left = v.at(c), right = m.at(k);
    real* du = scratch.of(worker);
    multiply({.count = conv.points,
              .m = rows,
              .n = columns,
              .k = conv.all.count,
              .lda = left.row,
              .ldb = right.row,
              .ldc = columns,
              .a_step = left.plane,
              .b_step = right.plane,
              .c_step = rows * columns,
              .transpose_a = true},
             left.data, right.data, du);
    transform_back(conv, 0,
                   {.rows = rows, .length = columns, .w_row = g.k, .u_row = columns, .u_plane = rows * columns}, du,
                   dw + v.first(c) * g.k + m.first(k));
  });
}

void run(const Workers& workers, const ConvGeometry& g, const real* x, const real* dy, real* dw,
         const ConvScratch& scratch) {
  const WinogradConv conv(g);
  (by_filters(conv) ? run_filters : run_planes)(workers, conv, x, dy, dw, scratch);
}

}  // namespace

const ConvWeightGradient kWinogradWeight{kWinograd3, sums_apply<3>, sums_need, sum_values, add, join, nullptr, true};
const ConvWeightGradient kWinograd4Weight{kWinograd4, sums_apply<4>, sums_need, sum_values, add, join, nullptr, true};
const ConvWeightGradient kWinograd5Weight{kWinograd5, sums_apply<5>, sums_need, sum_values, add, join, nullptr, true};
const ConvWeightGradient kWinogradPlanesWeight{kWinograd3, planes_apply<3>, planes_need, nullptr,
                                               nullptr,    nullptr,         run,         true};
const ConvWeightGradient kWinograd4PlanesWeight{kWinograd4, planes_apply<4>, planes_need, nullptr,
                                                nullptr,    nullptr,         run,         true};
const ConvWeightGradient kWinograd5PlanesWeight{kWinograd5, planes_apply<5>, planes_need, nullptr,
                                                nullptr,    nullptr,         run,         true};

}  // namespace cnnctl::kernels
