// Weight gradient of a 3x3 convolution with stride 1 by Winograd's F(4x4, 3x3): dU[i] = V[i]' * dM[i], 36 products with
// the tiles as the summed dimension.
//
// Small filter banks: sums of images, each with its own dU in the cache, joined in order.
// Large ones: one dU; chunks of tiles are transformed, then the 36 products of the chunk run side by side.
// Twice as large as V and M of all tiles, or larger: these are made first; then a task takes a block of the filters
// from the products to the gradient, and of dU there is only what a cache holds.
#include <algorithm>

#include "kernels/conv_winograd.hpp"
#include "kernels/gemm.hpp"
#include "kernels/products.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kCachedWeights = 64 * 96;        // largest C*K for which each worker keeps its own dU
constexpr std::int64_t kBlock = 64;                     // tiles of one product of a sum
constexpr std::int64_t kChunkValues = 2 * 1024 * 1024;  // V and M of a chunk: 8 MB
constexpr std::int64_t kBlockChannels = 64;             // of a block of filters: 64 x 64 have 0.6 MB of dU
constexpr std::int64_t kPart = 12;                      // tiles that one task transforms

bool by_planes(const ConvGeometry& g) { return g.c * g.k > kCachedWeights; }
std::int64_t chunk_of(const ConvGeometry& g) {
  const std::int64_t fit = kChunkValues / (kWinogradPoints * (g.c + g.k)) / kRowGroup * kRowGroup;
  return std::min(std::max(fit, kRowGroup), winograd_tiles(g).count);
}

std::size_t bytes(std::int64_t values) { return static_cast<std::size_t>(values) * sizeof(real); }

bool sums_apply(const ConvGeometry& g) { return winograd_applies(g) && !by_planes(g); }
bool planes_apply(const ConvGeometry& g) { return winograd_applies(g) && by_planes(g); }

ConvNeeds sums_need(const ConvGeometry& g) {
  return {.prepared = 0, .shared = 0, .worker = bytes(kWinogradPoints * (kBlock * (g.c + g.k) + 2 * kWinogradApart))};
}

bool by_filters(const ConvGeometry& g) { return 2 * winograd_tiles(g).count * (g.c + g.k) <= g.c * g.k; }

/// A short batch may go by filters where a whole one does not: `whole` is room enough for its tiles, too.
ConvNeeds planes_need(const ConvGeometry& g) {
  const std::int64_t tiles = winograd_tiles(g).count * (g.c + g.k), whole = g.c * g.k + chunk_of(g) * (g.c + g.k);
  return {.prepared = 0,
          .shared = bytes(kWinogradPoints * (by_filters(g) ? tiles : whole)),
          .worker = bytes(kWinogradPoints * kBlockChannels * kBlockChannels)};
}

/// V of channels [first, first + count) of x; M likewise of dy.
void transform_x(const ConvGeometry& g, const TileRange& tiles, std::int64_t first, std::int64_t count, const real* x,
                 real* v, std::int64_t plane) {
  winograd_input(tiles, {g.h, g.w, g.c, count, -g.pad_top, -g.pad_left}, x + first, v, plane);
}
void transform_dy(const ConvGeometry& g, const TileRange& tiles, std::int64_t first, std::int64_t count, const real* dy,
                  real* m, std::int64_t plane) {
  winograd_output_gradient(tiles, {g.oh, g.ow, g.k, count, 0, 0}, dy + first, m, plane);
}

void transform(const ConvGeometry& g, const TileRange& tiles, const real* x, const real* dy, real* v,
               std::int64_t v_plane, real* m, std::int64_t m_plane) {
  transform_x(g, tiles, 0, g.c, x, v, v_plane);
  transform_dy(g, tiles, 0, g.k, dy, m, m_plane);
}

/// dU[i] (C,K) += V[i]' * dM[i] over `tiles` tiles.
void add_plane(const ConvGeometry& g, std::int64_t tiles, const real* v, const real* m, real* du, bool accumulate) {
  Gemm({.m = g.c,
        .n = g.k,
        .k = tiles,
        .lda = g.c,
        .ldb = g.k,
        .ldc = g.k,
        .transpose_a = true,
        .accumulate = accumulate})(v, m, du);
}

std::int64_t sum_values(const ConvGeometry& g) { return kWinogradPoints * g.c * g.k; }

void add(const ConvGeometry& g, const real* x, const real* dy, real* du, real* v) {
  const TileRange all = winograd_tiles(g);
  const std::int64_t v_plane = kBlock * g.c + kWinogradApart, m_plane = kBlock * g.k + kWinogradApart;
  real* m = v + kWinogradPoints * v_plane;
  for (std::int64_t first = 0; first < all.count; first += kBlock) {
    const TileRange tiles{first, std::min(kBlock, all.count - first), all.rows, all.columns};
    transform(g, tiles, x, dy, v, v_plane, m, m_plane);
    multiply({.count = kWinogradPoints,
              .m = g.c,
              .n = g.k,
              .k = tiles.count,
              .lda = g.c,
              .ldb = g.k,
              .ldc = g.k,
              .a_step = v_plane,
              .b_step = m_plane,
              .c_step = g.c * g.k,
              .transpose_a = true,
              .accumulate = true},
             v, m, du);
  }
}

void transform_back(const Workers& workers, const ConvGeometry& g, const real* du, real* dw) {
  constexpr std::int64_t kPart = 2048;
  const std::int64_t count = g.c * g.k;
  workers.run(pieces(count, kPart), [&](std::int64_t task, int) {
    const std::int64_t first = task * kPart;
    winograd_weights_gradient({.rows = 1,
                               .length = std::min(kPart, count - first),
                               .w_row = 0,
                               .w_plane = count,
                               .u_row = 0,
                               .u_plane = count},
                              du + first, dw + first);
  });
}

void join(const Workers& workers, const ConvGeometry& g, std::int64_t sums, real* all, real* dw) {
  join_sums(workers, sums, sum_values(g), all, all);
  transform_back(workers, g, all, dw);
}

void sum_planes(const Workers& workers, const ConvGeometry& g, const real* x, const real* dy, real* du) {
  const TileRange all = winograd_tiles(g);
  const std::int64_t chunk = chunk_of(g);
  real* v = du + kWinogradPoints * g.c * g.k;
  real* m = v + kWinogradPoints * chunk * g.c;
  for (std::int64_t first = 0; first < all.count; first += chunk) {
    const std::int64_t count = std::min(chunk, all.count - first);
    workers.run(pieces(count, kRowGroup), [&](std::int64_t part, int) {
      const std::int64_t t = part * kRowGroup;
      transform(g, {first + t, std::min(kRowGroup, count - t), all.rows, all.columns}, x, dy, v + t * g.c, chunk * g.c,
                m + t * g.k, chunk * g.k);
    });
    workers.run(kWinogradPoints, [&](std::int64_t i, int) {
      add_plane(g, count, v + i * chunk * g.c, m + i * chunk * g.k, du + i * g.c * g.k, first > 0);
    });
  }
}

/// Tiles by channels, in blocks of kBlockChannels: the 36 planes of a block stand together, each (tiles, block).
class ChannelBlocks {
 public:
  ChannelBlocks(std::int64_t channels, std::int64_t tiles, real* data)
      : channels_(channels), tiles_(tiles), data_(data) {}

  std::int64_t count() const { return pieces(channels_, kBlockChannels); }
  std::int64_t first(std::int64_t block) const { return block * kBlockChannels; }
  std::int64_t width(std::int64_t block) const { return std::min(kBlockChannels, channels_ - first(block)); }
  std::int64_t plane(std::int64_t block) const { return tiles_ * width(block); }
  real* at(std::int64_t block) const { return data_ + kWinogradPoints * tiles_ * first(block); }

  /// Calls transform(tiles, first channel, channels, data, plane) for parts of all tiles and blocks.
  template <class Transform>
  void fill(const Workers& workers, const TileRange& all, const Transform& transform) const {
    const std::int64_t parts = pieces(tiles_, kPart);
    workers.run(parts * count(), [&](std::int64_t task, int) {
      const std::int64_t block = task / parts, t = task % parts * kPart;
      transform(TileRange{t, std::min(kPart, tiles_ - t), all.rows, all.columns}, first(block), width(block),
                at(block) + t * width(block), plane(block));
    });
  }

 private:
  std::int64_t channels_, tiles_;
  real* data_;
};

void run_filters(const Workers& workers, const ConvGeometry& g, const real* x, const real* dy, real* dw,
                 const ConvScratch& scratch) {
  const TileRange all = winograd_tiles(g);
  auto* shared = reinterpret_cast<real*>(scratch.shared);
  const ChannelBlocks v(g.c, all.count, shared), m(g.k, all.count, shared + kWinogradPoints * all.count * g.c);
  v.fill(workers, all,
         [&](const TileRange& tiles, std::int64_t first, std::int64_t count, real* to, std::int64_t plane) {
           transform_x(g, tiles, first, count, x, to, plane);
         });
  m.fill(workers, all,
         [&](const TileRange& tiles, std::int64_t first, std::int64_t count, real* to, std::int64_t plane) {
           transform_dy(g, tiles, first, count, dy, to, plane);
         });
  workers.run(v.count() * m.count(), [&](std::int64_t task, int worker) {
    const std::int64_t c = task / m.count(), k = task % m.count(), rows = v.width(c), columns = m.width(k);
    real* du = scratch.of(worker);
    multiply({.count = kWinogradPoints,
              .m = rows,
              .n = columns,
              .k = all.count,
              .lda = rows,
              .ldb = columns,
              .ldc = columns,
              .a_step = v.plane(c),
              .b_step = m.plane(k),
              .c_step = rows * columns,
              .transpose_a = true},
             v.at(c), m.at(k), du);
    winograd_weights_gradient({.rows = rows,
                               .length = columns,
                               .w_row = g.k,
                               .w_plane = g.c * g.k,
                               .u_row = columns,
                               .u_plane = rows * columns},
                              du, dw + v.first(c) * g.k + m.first(k));
  });
}

void run(const Workers& workers, const ConvGeometry& g, const real* x, const real* dy, real* dw,
         const ConvScratch& scratch) {
  if (by_filters(g)) return run_filters(workers, g, x, dy, dw, scratch);
  auto* du = reinterpret_cast<real*>(scratch.shared);
  sum_planes(workers, g, x, dy, du);
  transform_back(workers, g, du, dw);
}

}  // namespace

const ConvWeightGradient kWinogradWeight{"winograd 4x4", sums_apply, sums_need, sum_values, add, join};
const ConvWeightGradient kWinogradPlanesWeight{"winograd 4x4", planes_apply, planes_need, nullptr,
                                               nullptr,        nullptr,      run};

}  // namespace cnnctl::kernels
