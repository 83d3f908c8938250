// 3x3 convolution with stride 1 by Winograd's F(4x4, 3x3): forward, and the input gradient as a forward pass with
// mirrored weights. 4 multiplications an output instead of 9; largest error 4e-6 (16 channels) to 2e-5
// (512 channels) of the largest value.
//
// Small filter banks: a task takes a block of tiles through all three steps, so that its V and M stay in the cache.
// Large ones (their 36 planes would not fit beside it): the three steps run one after the other over chunks of tiles,
// the products cut by plane, so that each plane of U is read once a chunk.
// A tile's result does not depend on the tiles beside it (products.hpp), nor an image's on the batch around it.
#include "kernels/conv_winograd.hpp"

#include <algorithm>

#include "kernels/products.hpp"
#include "kernels/transpose.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kCachedWeights = 64 * 128;       // largest C*K whose planes a core's cache holds: 1.2 MB
constexpr std::int64_t kBlock = 24;                     // tiles of a block: U is read once for so many
constexpr std::int64_t kChunkValues = 4 * 1024 * 1024;  // V and M of a chunk: 16 MB
constexpr std::int64_t kPart = 12;                      // tiles that one task of a chunk transforms

std::int64_t u_plane(const ConvGeometry& g) { return g.c * g.k + kWinogradApart; }
bool by_planes(const ConvGeometry& g) { return g.c * g.k > kCachedWeights; }

/// Tiles that are in work at once: a block, or a chunk.
std::int64_t tiles_at_once(const ConvGeometry& g) {
  const std::int64_t fit = kChunkValues / (kWinogradPoints * (g.c + g.k)) / kPart * kPart;
  return std::min(by_planes(g) ? std::max(fit, kPart) : kBlock, winograd_tiles(g).count);
}

ConvNeeds needs(const ConvGeometry& g) {
  const auto work =
      static_cast<std::size_t>(kWinogradPoints * (tiles_at_once(g) * (g.c + g.k) + 2 * kWinogradApart)) * sizeof(real);
  ConvNeeds n{.prepared = static_cast<std::size_t>(kWinogradPoints * u_plane(g)) * sizeof(real)};
  (by_planes(g) ? n.shared : n.worker) = work;
  return n;
}

/// Filters, a row for each input channel: row r of tap t begins at data + t * plane + r * row.
struct FilterBlock {
  const real* data;
  std::int64_t row, plane;
};

constexpr std::int64_t kFilterRows = 16;  // of a task

/// U[i] (C,K) in panels (products.hpp). `block(first input channel, first output channel, rows, width, room)` gives the
/// filters of a task; there is room for one block of them.
template <class Block>
void transform_filters(const Workers& workers, const ConvGeometry& g, real* u, const Block& block) {
  const std::int64_t panels = pieces(g.k, kPanel);
  workers.run(panels * pieces(g.c, kFilterRows), [&](std::int64_t task, int) {
    const std::int64_t k = task % panels * kPanel, width = std::min(kPanel, g.k - k);
    const std::int64_t c = task / panels * kFilterRows, rows = std::min(kFilterRows, g.c - c);
    real room[9 * kFilterRows * kPanel];
    const FilterBlock filters = block(c, k, rows, width, room);
    winograd_weights({.rows = rows,
                      .length = width,
                      .w_row = filters.row,
                      .w_plane = filters.plane,
                      .u_row = width,
                      .u_plane = u_plane(g)},
                     filters.data, u + k * g.c + c * width);
  });
}

void transform_weights(const Workers& workers, const ConvGeometry& g, const real* w, real* u) {
  transform_filters(workers, g, u, [&](std::int64_t c, std::int64_t k, std::int64_t, std::int64_t, real*) {
    return FilterBlock{w + c * g.k + k, g.k, g.c * g.k};
  });
}

/// A convolution in progress: what every tile of it needs.
struct Pass {
  const ConvGeometry& g;
  const real* x;
  const real* u;
  const Epilogue& epilogue;
  real* y;
  TileRange all = winograd_tiles(g);

  TileRange range(std::int64_t first, std::int64_t count) const {
    return {first, std::min(count, all.count - first), all.rows, all.columns};
  }
  void input(const TileRange& tiles, real* v, std::int64_t plane) const {
    winograd_input(tiles, {g.h, g.w, g.c, -g.pad_top, -g.pad_left}, x, v, plane);
  }
  /// M = V * U for `count` positions from `point`.
  void products(std::int64_t point, std::int64_t count, std::int64_t tiles, const real* v, std::int64_t v_plane,
                real* m, std::int64_t m_plane) const {
    multiply({.count = count,
              .m = tiles,
              .n = g.k,
              .k = g.c,
              .lda = g.c,
              .ldc = g.k,
              .a_step = v_plane,
              .b_step = u_plane(g),
              .c_step = m_plane,
              .packed_b = true},
             v, u + point * u_plane(g), m);
  }
  void output(const TileRange& tiles, const real* m, std::int64_t plane) const {
    winograd_output(tiles, {g.oh, g.ow, g.k, 0, 0}, m, plane, epilogue.bias, epilogue.activation, epilogue.accumulate,
                    y);
  }
};

/// Each block of tiles goes through all steps in one task.
void run_blocks(const Workers& workers, const Pass& pass, std::int64_t block, const ConvScratch& scratch) {
  const ConvGeometry& g = pass.g;
  workers.run(pieces(pass.all.count, block), [&](std::int64_t task, int worker) {
    const TileRange tiles = pass.range(task * block, block);
    const std::int64_t v_plane = block * g.c + kWinogradApart, m_plane = block * g.k + kWinogradApart;
    real* v = scratch.of(worker);
    real* m = v + kWinogradPoints * v_plane;
    pass.input(tiles, v, v_plane);
    pass.products(0, kWinogradPoints, tiles.count, v, v_plane, m, m_plane);
    pass.output(tiles, m, m_plane);
  });
}

/// Each step runs over a whole chunk of tiles before the next begins.
void run_planes(const Workers& workers, const Pass& pass, std::int64_t chunk, real* v) {
  const ConvGeometry& g = pass.g;
  const std::int64_t v_plane = chunk * g.c + kWinogradApart, m_plane = chunk * g.k + kWinogradApart;
  real* m = v + kWinogradPoints * v_plane;
  for (std::int64_t first = 0; first < pass.all.count; first += chunk) {
    const std::int64_t count = std::min(chunk, pass.all.count - first);
    const auto part = [&](std::int64_t i) { return pass.range(first + i * kPart, std::min(kPart, count - i * kPart)); };
    workers.run(pieces(count, kPart), [&](std::int64_t i, int) { pass.input(part(i), v + i * kPart * g.c, v_plane); });
    workers.run(kWinogradPoints, [&](std::int64_t i, int) {
      pass.products(i, 1, count, v + i * v_plane, v_plane, m + i * m_plane, m_plane);
    });
    workers.run(pieces(count, kPart), [&](std::int64_t i, int) { pass.output(part(i), m + i * kPart * g.k, m_plane); });
  }
}

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* u, const Epilogue& epilogue,
             real* y, const ConvScratch& scratch) {
  const Pass pass{g, x, u, epilogue, y};
  if (by_planes(g))
    run_planes(workers, pass, tiles_at_once(g), reinterpret_cast<real*>(scratch.shared));
  else
    run_blocks(workers, pass, tiles_at_once(g), scratch);
}

ConvNeeds input_needs(const ConvGeometry& g) { return needs(mirrored(g)); }

/// Turns the filters block by block on the way to U, and exchanges C and K.
void prepare_input(const Workers& workers, const ConvGeometry& g, const real* w, real* u) {
  transform_filters(workers, mirrored(g), u,
                    [&](std::int64_t k, std::int64_t c, std::int64_t rows, std::int64_t width, real* block) {
                      for (std::int64_t tap = 0; tap < g.taps(); ++tap)
                        transpose(width, rows, w + ((g.taps() - 1 - tap) * g.c + c) * g.k + k, g.k,
                                  block + tap * kFilterRows * kPanel, kPanel);
                      return FilterBlock{block, kPanel, kFilterRows * kPanel};
                    });
}

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* u, real* dx,
                    bool accumulate, const ConvScratch& scratch) {
  forward(workers, mirrored(g), dy, u, {nullptr, {}, accumulate}, dx, scratch);
}

}  // namespace

const ConvForward kWinogradForward{"winograd 4x4", winograd_applies, needs, transform_weights, forward};
const ConvInputGradient kWinogradInput{"winograd 4x4", winograd_applies, input_needs, prepare_input, input_gradient};

}  // namespace cnnctl::kernels
