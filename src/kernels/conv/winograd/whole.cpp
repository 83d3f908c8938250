// Convolution with stride 1 by Winograd's method: forward, and the input gradient as a forward pass with mirrored
// weights. 2.25 multiplications an output instead of 9 (3x3), 4 instead of 25 (5x5), 12 instead of 49 (7x7); largest
// error 6e-6 (16 channels) to 2e-5 (512 channels) of the largest value, twice that for kernels larger than 5x5.
//
// Small filter banks: a task takes a block of tiles through all three steps, so that its V and M stay in the cache.
// Large ones (whose planes would not fit beside it): the three steps run one after the other over chunks of tiles, the
// products cut by plane, so that each plane of U is read once a chunk.
// conv_winograd_slices.cpp takes still larger ones.
// A tile's result does not depend on the tiles beside it (products.hpp), nor an image's on the batch around it.
#include <algorithm>

#include "kernels/conv/families.hpp"
#include "kernels/conv/winograd/tile_blocks.hpp"
#include "kernels/matrix/products.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kCachedWeights = 36 * 64 * 128;  // largest U that a core's cache holds: 1.2 MB
constexpr std::int64_t kBlockValues = 36 * 24 * 192;    // V and M of a block: 0.7 MB ...
constexpr std::int64_t kBlock = 24, kUnit = 12;         // ... which has at most, and at least so many tiles
constexpr std::int64_t kChunkValues = 4 * 1024 * 1024;  // V and M of a chunk: 16 MB
constexpr std::int64_t kPart = 12;                      // tiles that one task of a chunk transforms

std::int64_t bank_values(const WinogradConv& conv) { return conv.points * conv.depth * conv.g.k; }
bool by_planes(const WinogradConv& conv) { return bank_values(conv) > kCachedWeights; }

template <std::int64_t taps>
bool applies(const ConvGeometry& g) {
  return winograd_applies(g, taps) && bank_values(WinogradConv(g)) <= kWinogradWholeBank;
}

/// Tiles that are in work at once: a block, or a chunk.
std::int64_t tiles_at_once(const WinogradConv& conv) {
  const std::int64_t tile = conv.points * (conv.depth + conv.g.k);
  if (by_planes(conv)) return std::min(std::max(kChunkValues / tile / kPart * kPart, kPart), conv.all.count);
  const std::int64_t fit = std::clamp(kBlockValues / tile / kUnit * kUnit, kUnit, kBlock);
  return std::min(fit, conv.all.count);
}

ConvNeeds needs(const WinogradConv& conv) {
  const std::int64_t tiles = tiles_at_once(conv);
  const std::size_t work = conv.matrix_bytes(tiles, conv.depth) + conv.matrix_bytes(tiles, conv.g.k);
  ConvNeeds n{.prepared = conv.matrix_bytes(conv.depth, conv.g.k)};
  (by_planes(conv) ? n.shared : n.worker) = work;
  return n;
}

/// A convolution in progress: what every tile of it needs.
struct Pass {
  const WinogradConv& conv;
  const real* x;
  const real* u;
  const Epilogue& epilogue;
  real* y;

  /// M = V * U for `count` points from `point`.
  void products(std::int64_t point, std::int64_t count, std::int64_t tiles, const TilePoints<real>& v,
                const TilePoints<real>& m) const {
    const std::int64_t u_plane = conv.plane(conv.depth, conv.g.k);
    multiply({.count = count,
              .m = tiles,
              .n = conv.g.k,
              .k = conv.depth,
              .lda = v.row,
              .ldc = m.row,
              .a_step = v.plane,
              .b_step = u_plane,
              .c_step = m.plane,
              .packed_b = true},
             v.data + point * v.plane, u + point * u_plane, m.data + point * m.plane);
  }
  void output(const TileRange& tiles, const TilePoints<real>& m) const {
    winograd_output(conv.scheme, tiles, conv.outputs(conv.g.k), {m.data, m.plane, m.row}, epilogue.bias,
                    epilogue.activation, epilogue.accumulate, y);
  }
};

/// Each block of tiles goes through all steps in one task.
void run_blocks(const Workers& workers, const Pass& pass, const ConvScratch& scratch) {
  const WinogradConv& conv = pass.conv;
  const std::int64_t block = tiles_at_once(conv);
  workers.run(pieces(conv.all.count, block), [&](std::int64_t task, int worker) {
    const TileRange tiles = conv.range(task * block, block);
    const TilePoints<real> v{scratch.of(worker), conv.plane(block, conv.depth), conv.depth};
    const TilePoints<real> m{v.data + conv.points * v.plane, conv.plane(block, conv.g.k), conv.g.k};
    conv.input(tiles, pass.x, v);
    pass.products(0, conv.points, tiles.count, v, m);
    pass.output(tiles, m);
  });
}

/// Each step runs over a whole chunk of tiles before the next begins.
void run_planes(const Workers& workers, const Pass& pass, const ConvScratch& scratch) {
  const WinogradConv& conv = pass.conv;
  const std::int64_t chunk = tiles_at_once(conv);
  const TilePoints<real> v{reinterpret_cast<real*>(scratch.shared), conv.plane(chunk, conv.depth), conv.depth};
  const TilePoints<real> m{v.data + conv.points * v.plane, conv.plane(chunk, conv.g.k), conv.g.k};
  for (std::int64_t first = 0; first < conv.all.count; first += chunk) {
    const std::int64_t count = std::min(chunk, conv.all.count - first);
    const auto part = [&](std::int64_t t) { return conv.range(first + t, std::min(kPart, count - t)); };
    workers.run(pieces(count, kPart),
                [&](std::int64_t i, int) { conv.input(part(i * kPart), pass.x, v.at(i * kPart, 0)); });
    workers.run(conv.points, [&](std::int64_t i, int) { pass.products(i, 1, count, v, m); });
    workers.run(pieces(count, kPart), [&](std::int64_t i, int) { pass.output(part(i * kPart), m.at(i * kPart, 0)); });
  }
}

void run(const Workers& workers, const Pass& pass, const ConvScratch& scratch) {
  (by_planes(pass.conv) ? run_planes : run_blocks)(workers, pass, scratch);
}

ConvNeeds forward_needs(const ConvGeometry& g) { return needs(WinogradConv(g)); }

void transform(const Workers& workers, const ConvGeometry& g, const real* w, real* u) {
  winograd_bank(workers, WinogradConv(g), {w, false}, u);
}

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* u, const Epilogue& epilogue,
             real* y, const ConvScratch& scratch) {
  run(workers, {WinogradConv(g), x, u, epilogue, y}, scratch);
}

ConvNeeds input_needs(const ConvGeometry& g) { return needs(WinogradConv(mirrored(g))); }

void transform_turned(const Workers& workers, const ConvGeometry& g, const real* w, real* u) {
  winograd_bank(workers, WinogradConv(mirrored(g)), {w, true}, u);
}

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* u, real* dx,
                    bool accumulate, const ConvScratch& scratch) {
  run(workers, {WinogradConv(mirrored(g)), dy, u, {nullptr, {}, accumulate}, dx}, scratch);
}

template <std::int64_t taps>
bool input_applies(const ConvGeometry& g) {
  return applies<taps>(mirrored(g));
}

}  // namespace

const ConvForward kWinogradForward{kWinograd3, applies<3>, forward_needs, transform, forward, true};
const ConvForward kWinograd4Forward{kWinograd4, applies<4>, forward_needs, transform, forward, true};
const ConvForward kWinograd5Forward{kWinograd5, applies<5>, forward_needs, transform, forward, true};
const ConvInputGradient kWinogradInput{kWinograd3,       input_applies<3>, input_needs,
                                       transform_turned, input_gradient,   true};
const ConvInputGradient kWinograd4Input{kWinograd4,       input_applies<4>, input_needs,
                                        transform_turned, input_gradient,   true};
const ConvInputGradient kWinograd5Input{kWinograd5,       input_applies<5>, input_needs,
                                        transform_turned, input_gradient,   true};

}  // namespace cnnctl::kernels
