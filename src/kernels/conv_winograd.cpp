// 3x3 convolution with stride 1 by Winograd's F(4x4, 3x3): forward, and the input gradient as a forward pass with
// mirrored weights. 4 multiplications an output instead of 9; largest error 2e-6 (16 channels) to 1e-5
// (512 channels) of the largest value.
//
// Small filter banks: a task takes a block of tiles through all three steps, so that its V and M stay in the cache.
// Large ones (their 36 planes would not fit beside it): the three steps run one after the other over chunks of tiles,
// the products cut by plane, so that each plane of U is read once a chunk.
// Rows of products come in whole groups: an image's result does not depend on the batch around it (gemm.hpp).
#include "kernels/conv_winograd.hpp"

#include <algorithm>

#include "kernels/gemm.hpp"
#include "kernels/transpose.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kCachedWeights = 64 * 128;       // largest C*K whose planes a core's cache holds: 1.2 MB
constexpr std::int64_t kBlockValues = 128 * 1024;       // V and M of a block: 512 KB
constexpr std::int64_t kChunkValues = 4 * 1024 * 1024;  // V and M of a chunk: 16 MB

bool by_planes(const ConvGeometry& g) { return g.c * g.k > kCachedWeights; }

/// Tiles that are in work at once: a block, or a chunk. Whole row groups, and no more than there are.
std::int64_t tiles_at_once(const ConvGeometry& g) {
  const std::int64_t values = by_planes(g) ? kChunkValues : kBlockValues;
  const std::int64_t fit = values / (kWinogradPoints * (g.c + g.k)) / kRowGroup * kRowGroup;
  return std::min(std::max(fit, kRowGroup), row_groups(winograd_tiles(g).count));
}

ConvNeeds needs(const ConvGeometry& g) {
  const auto work = static_cast<std::size_t>(kWinogradPoints * tiles_at_once(g) * (g.c + g.k)) * sizeof(real);
  ConvNeeds n{.prepared = static_cast<std::size_t>(kWinogradPoints * g.c * g.k) * sizeof(real)};
  (by_planes(g) ? n.shared : n.worker) = work;
  return n;
}

void transform_weights(const Workers& workers, const ConvGeometry& g, const real* w, real* u) {
  constexpr std::int64_t kBlock = 2048;
  const std::int64_t count = g.c * g.k;
  workers.run(pieces(count, kBlock), [&](std::int64_t task, int) {
    winograd_weights(count, task * kBlock, std::min(kBlock, count - task * kBlock), w, u);
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
  void multiply(std::int64_t point, std::int64_t rows, const real* v, real* m) const {
    Gemm({.m = rows, .n = g.k, .k = g.c, .lda = g.c, .ldb = g.k, .ldc = g.k})(v, u + point * g.c * g.k, m);
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
    const std::int64_t rows = row_groups(tiles.count);
    real* v = scratch.of(worker);
    real* m = v + kWinogradPoints * block * g.c;
    pass.input(tiles, v, block * g.c);
    for (std::int64_t i = 0; i < kWinogradPoints; ++i) {
      real* vi = v + i * block * g.c;
      std::fill(vi + tiles.count * g.c, vi + rows * g.c, real{0});  // the last group's rows that are no tiles
      pass.multiply(i, rows, vi, m + i * block * g.k);
    }
    pass.output(tiles, m, block * g.k);
  });
}

/// Each step runs over a whole chunk of tiles before the next begins.
void run_planes(const Workers& workers, const Pass& pass, std::int64_t chunk, real* v) {
  const ConvGeometry& g = pass.g;
  real* m = v + kWinogradPoints * chunk * g.c;
  for (std::int64_t first = 0; first < pass.all.count; first += chunk) {
    const TileRange tiles = pass.range(first, chunk);
    const std::int64_t groups = pieces(tiles.count, kRowGroup);
    workers.run(groups, [&](std::int64_t group, int) {
      const TileRange part = {first + group * kRowGroup, std::min(kRowGroup, tiles.count - group * kRowGroup),
                              tiles.rows, tiles.columns};
      real* vg = v + group * kRowGroup * g.c;
      pass.input(part, vg, chunk * g.c);
      for (std::int64_t i = 0; i < kWinogradPoints; ++i)
        std::fill(vg + i * chunk * g.c + part.count * g.c, vg + i * chunk * g.c + kRowGroup * g.c, real{0});
    });
    workers.run(kWinogradPoints, [&](std::int64_t i, int) {
      pass.multiply(i, groups * kRowGroup, v + i * chunk * g.c, m + i * chunk * g.k);
    });
    workers.run(groups, [&](std::int64_t group, int) {
      const TileRange part = {first + group * kRowGroup, std::min(kRowGroup, tiles.count - group * kRowGroup),
                              tiles.rows, tiles.columns};
      pass.output(part, m + group * kRowGroup * g.k, chunk * g.k);
    });
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

/// The input gradient is a convolution of dy with the weights turned by 180 degrees and C and K exchanged.
ConvGeometry mirrored(const ConvGeometry& g) {
  ConvGeometry m = g;
  std::swap(m.h, m.oh);
  std::swap(m.w, m.ow);
  std::swap(m.c, m.k);
  m.pad_top = g.kh - 1 - g.pad_top;
  m.pad_left = g.kw - 1 - g.pad_left;
  return m;
}

ConvNeeds input_needs(const ConvGeometry& g) {
  ConvNeeds n = needs(mirrored(g));
  n.prepared += static_cast<std::size_t>(g.weight_count()) * sizeof(real);  // the turned weights, behind U
  return n;
}

void prepare_input(const Workers& workers, const ConvGeometry& g, const real* w, real* u) {
  real* turned = u + kWinogradPoints * g.c * g.k;
  workers.run(g.taps(), [&](std::int64_t tap, int) {
    transpose(g.c, g.k, w + (g.taps() - 1 - tap) * g.c * g.k, turned + tap * g.c * g.k);
  });
  transform_weights(workers, g, turned, u);
}

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* u, real* dx,
                    bool accumulate, const ConvScratch& scratch) {
  forward(workers, mirrored(g), dy, u, {nullptr, {}, accumulate}, dx, scratch);
}

}  // namespace

const ConvForward kWinogradForward{"winograd 4x4", winograd_applies, needs, transform_weights, forward};
const ConvInputGradient kWinogradInput{"winograd 4x4", winograd_applies, input_needs, prepare_input, input_gradient};

}  // namespace cnnctl::kernels
