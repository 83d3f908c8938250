// 3x3 convolution with stride 1 by Winograd's F(4x4, 3x3): forward, and the input gradient as a forward pass with
// mirrored weights. 4 multiplications an output instead of 9; largest error 4e-6 (16 channels) to 2e-5
// (512 channels) of the largest value.
//
// Small filter banks: a task takes a block of tiles through all three steps, so that its V and M stay in the cache.
// Large ones (their 36 planes would not fit beside it): the three steps run one after the other over chunks of tiles,
// the products cut by plane, so that each plane of U is read once a chunk.
// Still larger ones, whose U, four times the weights, would be written to memory and read from there: V is made of a
// chunk of tiles, then a task takes a slice of the filters through the other steps, some input channels at a time. Of U
// there is only what a cache holds.
// A tile's result does not depend on the tiles beside it (products.hpp), nor an image's on the batch around it.
#include "kernels/conv_winograd.hpp"

#include <algorithm>

#include "kernels/products.hpp"
#include "kernels/transpose.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kCachedWeights = 64 * 128;       // largest C*K whose planes a core's cache holds: 1.2 MB
constexpr std::int64_t kWholeWeights = 256 * 256;       // largest C*K that is transformed as a whole: 9.4 MB
constexpr std::int64_t kBlock = 24;                     // tiles of a block: U is read once for so many
constexpr std::int64_t kChunkValues = 4 * 1024 * 1024;  // V and M of a chunk: 16 MB
constexpr std::int64_t kPart = 12;                      // tiles that one task of a chunk transforms
constexpr std::int64_t kFilterRows = 16;                // that are transformed together
// In the cache during a slice: U of so many channels and filters, 0.6 MB; M of so many tiles and filters, 0.9 MB.
constexpr std::int64_t kSliceChannels = 64, kSliceFilters = 2 * kPanel, kSliceTiles = 96;

bool by_planes(const ConvGeometry& g) { return g.c * g.k > kCachedWeights; }
bool whole_applies(const ConvGeometry& g) { return winograd_applies(g) && g.c * g.k <= kWholeWeights; }

/// From one of 36 planes of a matrix to the next.
std::int64_t plane(std::int64_t rows, std::int64_t columns) { return rows * columns + kWinogradApart; }
std::size_t plane_bytes(std::int64_t rows, std::int64_t columns) {
  return static_cast<std::size_t>(kWinogradPoints * plane(rows, columns)) * sizeof(real);
}

/// Tiles that are in work at once: a block, or a chunk.
std::int64_t tiles_at_once(const ConvGeometry& g) {
  const std::int64_t fit = kChunkValues / (kWinogradPoints * (g.c + g.k)) / kPart * kPart;
  return std::min(by_planes(g) ? std::max(fit, kPart) : kBlock, winograd_tiles(g).count);
}

ConvNeeds needs(const ConvGeometry& g) {
  const std::size_t work = plane_bytes(tiles_at_once(g), g.c) + plane_bytes(tiles_at_once(g), g.k);
  ConvNeeds n{.prepared = plane_bytes(g.c, g.k)};
  (by_planes(g) ? n.shared : n.worker) = work;
  return n;
}

/// The filters of a convolution; `turned`: of the one whose input gradient it is, with C and K exchanged.
struct Filters {
  const real* w;
  bool turned;
};

/// Of input channels [c, c + rows) and output channels [k, k + width), at most a panel.
struct FilterRange {
  std::int64_t c, rows, k, width;
};

/// U of a range: point i (rows, width) at u + i * u_plane.
void transform(const ConvGeometry& g, const Filters& filters, const FilterRange& range, real* u, std::int64_t u_plane) {
  for (std::int64_t row = 0; row < range.rows; row += kFilterRows) {
    const std::int64_t c = range.c + row;
    WinogradFilters part{.rows = std::min(kFilterRows, range.rows - row),
                         .length = range.width,
                         .w_row = g.k,
                         .w_plane = g.c * g.k,
                         .u_row = range.width,
                         .u_plane = u_plane};
    if (!filters.turned) {
      winograd_weights(part, filters.w + c * g.k + range.k, u + row * range.width);
      continue;
    }
    real block[9 * kFilterRows * kPanel];
    part.w_row = kPanel;
    part.w_plane = kFilterRows * kPanel;
    for (std::int64_t tap = 0; tap < g.taps(); ++tap)
      transpose(range.width, part.rows, filters.w + ((g.taps() - 1 - tap) * g.k + range.k) * g.c + c, g.c,
                block + tap * part.w_plane, kPanel);
    winograd_weights(part, block, u + row * range.width);
  }
}

/// U[i] (C,K) of all filters, in panels (products.hpp).
void transform_all(const Workers& workers, const ConvGeometry& g, const Filters& filters, real* u) {
  const std::int64_t panels = pieces(g.k, kPanel);
  workers.run(panels * pieces(g.c, kFilterRows), [&](std::int64_t task, int) {
    const std::int64_t k = task % panels * kPanel, width = std::min(kPanel, g.k - k);
    const std::int64_t c = task / panels * kFilterRows, rows = std::min(kFilterRows, g.c - c);
    transform(g, filters, {c, rows, k, width}, u + k * g.c + c * width, plane(g.c, g.k));
  });
}

/// A convolution in progress: what every tile of it needs.
struct Pass {
  const ConvGeometry& g;
  const real* x;
  const Epilogue& epilogue;
  real* y;
  TileRange all = winograd_tiles(g);

  TileRange range(std::int64_t first, std::int64_t count) const {
    return {first, std::min(count, all.count - first), all.rows, all.columns};
  }
  /// V of input channels [c, c + rows).
  void input(const TileRange& tiles, std::int64_t c, std::int64_t rows, real* v, std::int64_t v_plane) const {
    winograd_input(tiles, {g.h, g.w, g.c, rows, -g.pad_top, -g.pad_left}, x + c, v, v_plane);
  }
  /// M = V * U for `count` positions from `point`.
  void products(std::int64_t point, std::int64_t count, std::int64_t tiles, const real* v, std::int64_t v_plane,
                const real* u, real* m, std::int64_t m_plane) const {
    const std::int64_t u_plane = plane(g.c, g.k);
    multiply({.count = count,
              .m = tiles,
              .n = g.k,
              .k = g.c,
              .lda = g.c,
              .ldc = g.k,
              .a_step = v_plane,
              .b_step = u_plane,
              .c_step = m_plane,
              .packed_b = true},
             v, u + point * u_plane, m);
  }
  /// The outputs of filters [k, k + width).
  void output(const TileRange& tiles, std::int64_t k, std::int64_t width, const real* m, std::int64_t m_plane) const {
    const real* bias = epilogue.bias == nullptr ? nullptr : epilogue.bias + k;
    winograd_output(tiles, {g.oh, g.ow, g.k, width, 0, 0}, m, m_plane, bias, epilogue.activation, epilogue.accumulate,
                    y + k);
  }
};

/// Each block of tiles goes through all steps in one task.
void run_blocks(const Workers& workers, const Pass& pass, const real* u, const ConvScratch& scratch) {
  const ConvGeometry& g = pass.g;
  const std::int64_t block = tiles_at_once(g), v_plane = plane(block, g.c), m_plane = plane(block, g.k);
  workers.run(pieces(pass.all.count, block), [&](std::int64_t task, int worker) {
    const TileRange tiles = pass.range(task * block, block);
    real* v = scratch.of(worker);
    real* m = v + kWinogradPoints * v_plane;
    pass.input(tiles, 0, g.c, v, v_plane);
    pass.products(0, kWinogradPoints, tiles.count, v, v_plane, u, m, m_plane);
    pass.output(tiles, 0, g.k, m, m_plane);
  });
}

/// Each step runs over a whole chunk of tiles before the next begins.
void run_planes(const Workers& workers, const Pass& pass, const real* u, real* v) {
  const ConvGeometry& g = pass.g;
  const std::int64_t chunk = tiles_at_once(g), v_plane = plane(chunk, g.c), m_plane = plane(chunk, g.k);
  real* m = v + kWinogradPoints * v_plane;
  for (std::int64_t first = 0; first < pass.all.count; first += chunk) {
    const std::int64_t count = std::min(chunk, pass.all.count - first);
    const auto part = [&](std::int64_t i) { return pass.range(first + i * kPart, std::min(kPart, count - i * kPart)); };
    workers.run(pieces(count, kPart),
                [&](std::int64_t i, int) { pass.input(part(i), 0, g.c, v + i * kPart * g.c, v_plane); });
    workers.run(kWinogradPoints, [&](std::int64_t i, int) {
      pass.products(i, 1, count, v + i * v_plane, v_plane, u, m + i * m_plane, m_plane);
    });
    workers.run(pieces(count, kPart),
                [&](std::int64_t i, int) { pass.output(part(i), 0, g.k, m + i * kPart * g.k, m_plane); });
  }
}

void run(const Workers& workers, const Pass& pass, const real* u, const ConvScratch& scratch) {
  if (by_planes(pass.g))
    run_planes(workers, pass, u, reinterpret_cast<real*>(scratch.shared));
  else
    run_blocks(workers, pass, u, scratch);
}

std::int64_t chunk_of_slices(const ConvGeometry& g) {
  const std::int64_t fit = kChunkValues / (kWinogradPoints * g.c) / kSliceTiles * kSliceTiles;
  return std::min(std::max(fit, kSliceTiles), winograd_tiles(g).count);
}

ConvNeeds slice_needs(const ConvGeometry& g) {
  const std::int64_t chunk = chunk_of_slices(g), rows = std::min(kSliceChannels, g.c);
  const std::int64_t width = std::min(kSliceFilters, g.k);
  return {.prepared = static_cast<std::size_t>(g.weight_count()) * sizeof(real),
          .shared = static_cast<std::size_t>(pieces(g.c, rows)) * plane_bytes(chunk, rows),
          .worker = plane_bytes(rows, width) + plane_bytes(std::min(kSliceTiles, chunk), width)};
}

/// V of a chunk, (tiles, kSliceChannels) for one range of channels after the other: a product reads what stands
/// together.
struct Chunk {
  TileRange tiles;
  std::int64_t plane;
  real* v;

  real* at(std::int64_t c) const { return v + c / kSliceChannels * kWinogradPoints * plane; }
};

/// M = V * U for the filters from k on, and from it their outputs; of `count` tiles from the chunk's `first`.
void run_slice(const Pass& pass, const Filters& filters, const Chunk& chunk, std::int64_t first, std::int64_t count,
               std::int64_t k, real* u) {
  const ConvGeometry& g = pass.g;
  const std::int64_t width = std::min(kSliceFilters, g.k - k), m_plane = plane(count, width);
  real* m = u + kWinogradPoints * plane(std::min(kSliceChannels, g.c), width);
  for (std::int64_t c = 0; c < g.c; c += kSliceChannels) {
    const std::int64_t rows = std::min(kSliceChannels, g.c - c), u_plane = plane(rows, width);
    for (std::int64_t at = 0; at < width; at += kPanel)
      transform(g, filters, {c, rows, k + at, std::min(kPanel, width - at)}, u + at * rows, u_plane);
    multiply({.count = kWinogradPoints,
              .m = count,
              .n = width,
              .k = rows,
              .lda = rows,
              .ldc = width,
              .a_step = chunk.plane,
              .b_step = u_plane,
              .c_step = m_plane,
              .accumulate = c > 0,
              .packed_b = true},
             chunk.at(c) + first * rows, u, m);
  }
  pass.output(pass.range(chunk.tiles.first + first, count), k, width, m, m_plane);
}

void run_slices(const Workers& workers, const Pass& pass, const Filters& filters, const ConvScratch& scratch) {
  const ConvGeometry& g = pass.g;
  const std::int64_t most = chunk_of_slices(g), slices = pieces(g.k, kSliceFilters);
  for (std::int64_t begin = 0; begin < pass.all.count; begin += most) {
    const Chunk chunk{pass.range(begin, most), plane(most, std::min(kSliceChannels, g.c)),
                      reinterpret_cast<real*>(scratch.shared)};
    const std::int64_t count = chunk.tiles.count, ranges = pieces(g.c, kSliceChannels);
    workers.run(pieces(count, kPart) * ranges, [&](std::int64_t task, int) {
      const std::int64_t c = task % ranges * kSliceChannels, rows = std::min(kSliceChannels, g.c - c);
      const std::int64_t first = task / ranges * kPart, n = std::min(kPart, count - first);
      pass.input(pass.range(begin + first, n), c, rows, chunk.at(c) + first * rows, chunk.plane);
    });
    const std::int64_t parts = pieces(count, kSliceTiles);
    workers.run(parts * slices, [&](std::int64_t task, int worker) {
      const std::int64_t part = task / slices, first = count * part / parts, end = count * (part + 1) / parts;
      run_slice(pass, filters, chunk, first, end - first, task % slices * kSliceFilters, scratch.of(worker));
    });
  }
}

void transform_weights(const Workers& workers, const ConvGeometry& g, const real* w, real* u) {
  transform_all(workers, g, {w, false}, u);
}

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* u, const Epilogue& epilogue,
             real* y, const ConvScratch& scratch) {
  run(workers, {g, x, epilogue, y}, u, scratch);
}

void forward_slices(const Workers& workers, const ConvGeometry& g, const real* x, const real* w,
                    const Epilogue& epilogue, real* y, const ConvScratch& scratch) {
  run_slices(workers, {g, x, epilogue, y}, {w, false}, scratch);
}

ConvNeeds input_needs(const ConvGeometry& g) { return needs(mirrored(g)); }
ConvNeeds input_slice_needs(const ConvGeometry& g) { return slice_needs(mirrored(g)); }

void transform_turned(const Workers& workers, const ConvGeometry& g, const real* w, real* u) {
  transform_all(workers, mirrored(g), {w, true}, u);
}

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* u, real* dx,
                    bool accumulate, const ConvScratch& scratch) {
  run(workers, {mirrored(g), dy, {nullptr, {}, accumulate}, dx}, u, scratch);
}

void input_gradient_slices(const Workers& workers, const ConvGeometry& g, const real* dy, const real* w, real* dx,
                           bool accumulate, const ConvScratch& scratch) {
  run_slices(workers, {mirrored(g), dy, {nullptr, {}, accumulate}, dx}, {w, true}, scratch);
}

}  // namespace

const ConvForward kWinogradForward{"winograd 4x4", whole_applies, needs, transform_weights, forward};
const ConvForward kWinogradSlicesForward{"winograd 4x4", winograd_applies, slice_needs, copy_weights, forward_slices};
const ConvInputGradient kWinogradInput{"winograd 4x4", whole_applies, input_needs, transform_turned, input_gradient};
const ConvInputGradient kWinogradSlicesInput{"winograd 4x4", winograd_applies, input_slice_needs, copy_weights,
                                             input_gradient_slices};

}  // namespace cnnctl::kernels
