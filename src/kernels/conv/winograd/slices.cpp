// Convolution with stride 1 by Winograd's method for filter banks whose U, larger than the weights, would be written to
// memory and read from there: V is made of a chunk of tiles, then a task takes a slice of the filters through the other
// steps, some input channels at a time. Of U there is only what a cache holds.
#include <algorithm>

#include "kernels/conv/families.hpp"
#include "kernels/conv/winograd/tile_blocks.hpp"
#include "kernels/matrix/products.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kChunkValues = 4 * 1024 * 1024;  // V of a chunk: 16 MB
constexpr std::int64_t kPart = 12;                      // tiles that one task of a chunk transforms
// In the cache during a slice: U of so many channels and filters, 0.6 MB; M of so many tiles and filters, 0.9 MB.
constexpr std::int64_t kSliceChannels = 64, kSliceFilters = 2 * kPanel, kSliceTiles = 96;

/// V in ranges of channels, and the filters in slices.
struct Slices {
  const WinogradConv& conv;
  std::int64_t ranges = pieces(conv.g.c, kSliceChannels);  // of the channels of a block
  std::int64_t rows = std::min(kSliceChannels, conv.g.c);  // of all but the last
  std::int64_t width = std::min(kSliceFilters, conv.g.k);
  std::int64_t chunk = chunk_tiles();

  std::int64_t chunk_tiles() const {
    const std::int64_t fit = kChunkValues / (conv.points * conv.depth) / kSliceTiles * kSliceTiles;
    return std::min(std::max(fit, kSliceTiles), conv.all.count);
  }
  std::int64_t count() const { return conv.blocks * ranges; }
  BankPart part(std::int64_t i) const {
    const std::int64_t c = i % ranges * kSliceChannels;
    return {i / ranges, c, std::min(kSliceChannels, conv.g.c - c), 0, 0};
  }
};

ConvNeeds needs(const WinogradConv& conv) {
  const Slices s{conv};
  return {.prepared = static_cast<std::size_t>(conv.g.weight_count()) * sizeof(real),
          .shared = static_cast<std::size_t>(s.count()) * conv.matrix_bytes(s.chunk, s.rows),
          .worker = conv.matrix_bytes(s.rows, s.width) + conv.matrix_bytes(std::min(kSliceTiles, s.chunk), s.width)};
}

/// A convolution in progress. V of a chunk stands (tiles, channels) for one range of channels after the other: a
/// product reads what stands together.
struct Pass {
  const Slices& slices;
  const real* x;
  const WinogradBank& bank;
  const Epilogue& epilogue;
  real* y;
  real* v;

  TilePoints<real> v_of(std::int64_t range) const {
    const std::int64_t plane = WinogradConv::plane(slices.chunk, slices.rows);
    return {v + range * slices.conv.points * plane, plane, slices.part(range).rows};
  }
};

/// M = V * U for the filters from k on, and from it their outputs; of the tiles `at` and on of a chunk.
void run_slice(const Pass& pass, const TileRange& tiles, std::int64_t at, std::int64_t k, real* u) {
  const WinogradConv& conv = pass.slices.conv;
  const std::int64_t width = std::min(kSliceFilters, conv.g.k - k);
  const TilePoints<real> m{u + conv.matrix_values(pass.slices.rows, width), conv.plane(tiles.count, width), width};
  for (std::int64_t range = 0; range < pass.slices.count(); ++range) {
    BankPart part = pass.slices.part(range);
    const std::int64_t u_plane = conv.plane(part.rows, width);
    for (std::int64_t column = 0; column < width; column += kPanel) {
      part.k = k + column;
      part.width = std::min(kPanel, width - column);
      winograd_bank(conv, pass.bank, part, u + column * part.rows, u_plane);
    }
    const TilePoints<real> v = pass.v_of(range).at(at, 0);
    multiply({.count = conv.points,
              .m = tiles.count,
              .n = width,
              .k = part.rows,
              .lda = v.row,
              .ldc = width,
              .a_step = v.plane,
              .b_step = u_plane,
              .c_step = m.plane,
              .accumulate = range > 0,
              .packed_b = true},
             v.data, u, m.data);
  }
  winograd_output(conv.scheme, tiles, conv.outputs(width), {m.data, m.plane, m.row},
                  pass.epilogue.bias == nullptr ? nullptr : pass.epilogue.bias + k, pass.epilogue.activation,
                  pass.epilogue.accumulate, pass.y + k);
}

void run(const Workers& workers, const WinogradConv& conv, const real* x, const WinogradBank& bank,
         const Epilogue& epilogue, real* y, const ConvScratch& scratch) {
  const Slices slices{conv};
  const Pass pass{slices, x, bank, epilogue, y, reinterpret_cast<real*>(scratch.shared)};
  for (std::int64_t begin = 0; begin < conv.all.count; begin += slices.chunk) {
    const std::int64_t count = std::min(slices.chunk, conv.all.count - begin), ranges = slices.count();
    workers.run(pieces(count, kPart) * ranges, [&](std::int64_t task, int) {
      const std::int64_t range = task % ranges, first = task / ranges * kPart;
      const BankPart part = slices.part(range);
      conv.input(conv.range(begin + first, std::min(kPart, count - first)), part.block, part.c, part.rows, x,
                 pass.v_of(range).at(first, 0));
    });
    const std::int64_t parts = pieces(count, kSliceTiles), columns = pieces(conv.g.k, kSliceFilters);
    workers.run(parts * columns, [&](std::int64_t task, int worker) {
      const std::int64_t part = task / columns, first = count * part / parts, end = count * (part + 1) / parts;
      run_slice(pass, conv.range(begin + first, end - first), first, task % columns * kSliceFilters,
                scratch.of(worker));
    });
  }
}

template <std::int64_t taps>
bool applies(const ConvGeometry& g) {
  return winograd_applies(g, taps);
}

ConvNeeds forward_needs(const ConvGeometry& g) { return needs(WinogradConv(g)); }

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* w, const Epilogue& epilogue,
             real* y, const ConvScratch& scratch) {
  run(workers, WinogradConv(g), x, {w, false}, epilogue, y, scratch);
}

template <std::int64_t taps>
bool input_applies(const ConvGeometry& g) {
  return winograd_applies(mirrored(g), taps);
}

ConvNeeds input_needs(const ConvGeometry& g) { return needs(WinogradConv(mirrored(g))); }

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* w, real* dx,
                    bool accumulate, const ConvScratch& scratch) {
  run(workers, WinogradConv(mirrored(g)), dy, {w, true}, {nullptr, {}, accumulate}, dx, scratch);
}

}  // namespace

const ConvForward kWinogradSlicesForward{kWinograd3, applies<3>, forward_needs, copy_weights, forward, true};
const ConvForward kWinograd4SlicesForward{kWinograd4, applies<4>, forward_needs, copy_weights, forward, true};
const ConvForward kWinograd5SlicesForward{kWinograd5, applies<5>, forward_needs, copy_weights, forward, true};
const ConvInputGradient kWinogradSlicesInput{kWinograd3,   input_applies<3>, input_needs,
                                             copy_weights, input_gradient,   true};
const ConvInputGradient kWinograd4SlicesInput{kWinograd4,   input_applies<4>, input_needs,
                                              copy_weights, input_gradient,   true};
const ConvInputGradient kWinograd5SlicesInput{kWinograd5,   input_applies<5>, input_needs,
                                              copy_weights, input_gradient,   true};

}  // namespace cnnctl::kernels
