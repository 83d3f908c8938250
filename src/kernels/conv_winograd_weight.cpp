// Weight gradient of a 3x3 convolution with stride 1 by Winograd's F(4x4, 3x3): dU[i] = V[i]' * dM[i], 36 products with
// the tiles as the summed dimension.
//
// Small filter banks: sums of images, each with its own dU in the cache, joined in order.
// Large ones: one dU; chunks of tiles are transformed, then the 36 products of the chunk run side by side.
#include <algorithm>

#include "kernels/conv_winograd.hpp"
#include "kernels/gemm.hpp"
#include "kernels/products.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kCachedWeights = 64 * 96;        // largest C*K for which each worker keeps its own dU
constexpr std::int64_t kBlock = 64;                     // tiles of one product of a sum
constexpr std::int64_t kChunkValues = 2 * 1024 * 1024;  // V and M of a chunk: 8 MB

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
ConvNeeds planes_need(const ConvGeometry& g) {
  return {.prepared = 0, .shared = bytes(kWinogradPoints * (g.c * g.k + chunk_of(g) * (g.c + g.k))), .worker = 0};
}

void transform(const ConvGeometry& g, const TileRange& tiles, const real* x, const real* dy, real* v,
               std::int64_t v_plane, real* m, std::int64_t m_plane) {
  winograd_input(tiles, {g.h, g.w, g.c, -g.pad_top, -g.pad_left}, x, v, v_plane);
  winograd_output_gradient(tiles, {g.oh, g.ow, g.k, 0, 0}, dy, m, m_plane);
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
    winograd_weights_gradient(std::min(kPart, count - first), count, du + first, dw + first);
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

void run(const Workers& workers, const ConvGeometry& g, const real* x, const real* dy, real* dw,
         const ConvScratch& scratch) {
  auto* du = reinterpret_cast<real*>(scratch.shared);
  sum_planes(workers, g, x, dy, du);
  transform_back(workers, g, du, dw);
}

}  // namespace

const ConvWeightGradient kWinogradWeight{"winograd 4x4", sums_apply, sums_need, sum_values, add, join};
const ConvWeightGradient kWinogradPlanesWeight{"winograd 4x4", planes_apply, planes_need, nullptr,
                                               nullptr,        nullptr,      run};

}  // namespace cnnctl::kernels
