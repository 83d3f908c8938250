// Input gradient of convolutions of images with few channels: one product gives what every window sends back, and the
// windows are added up.
#include <algorithm>

#include "kernels/col2im.hpp"
#include "kernels/conv.hpp"
#include "kernels/gemm.hpp"
#include "kernels/transpose.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kMostChannels = 8;
constexpr std::int64_t kTileValues = 64 * 1024;  // of the windows: 256 KB

bool applies(const ConvGeometry& g) { return g.groups == 1 && g.c <= kMostChannels && g.weight_count() <= 64 * 1024; }

std::int64_t depth(const ConvGeometry& g) { return g.taps() * g.c; }

/// Rows of results whose windows are added up together.
std::int64_t block_of(const ConvGeometry& g) {
  return std::clamp<std::int64_t>(kTileValues / (depth(g) * g.ow), 1, rows_per_block(g.oh, g.ow * depth(g) * g.k));
}

std::size_t tile_bytes(const ConvGeometry& g) {
  return aligned(static_cast<std::size_t>(block_of(g) * g.ow * depth(g)) * sizeof(real));
}

/// Values of the padded image that the windows of all results touch.
std::int64_t padded_values(const ConvGeometry& g) {
  const WindowWalk walk = forward_walk(g);
  return walk.rows.reach(g.oh) * walk.columns.reach(g.ow) * g.c;
}

ConvNeeds input_needs(const ConvGeometry& g) {
  return {.prepared = static_cast<std::size_t>(g.weight_count()) * sizeof(real),
          .shared = 0,
          .worker = tile_bytes(g) + static_cast<std::size_t>(padded_values(g)) * sizeof(real)};
}

void prepare_input(const Workers&, const ConvGeometry& g, const real* w, real* prepared) {
  transpose(depth(g), g.k, w, g.k, prepared, depth(g));
}

/// Adds what all windows send back to `image`, rows of `width` pixels from the first that a window touches.
void add_windows(const ConvGeometry& g, const real* dy, const real* w_transposed, real* tile, std::int64_t width,
                 real* image) {
  const WindowWalk walk = forward_walk(g);
  const std::int64_t block = block_of(g);
  for (std::int64_t first = 0; first < g.oh; first += block) {
    const std::int64_t rows = std::min(block, g.oh - first);
    Gemm({.m = rows * g.ow, .n = depth(g), .k = g.k, .lda = g.k, .ldb = depth(g), .ldc = depth(g)})(
        dy + first * g.ow * g.k, w_transposed, tile);
    col2im(walk, width, rows, tile, depth(g), image + first * g.stride_h * width * g.c);
  }
}

/// Adds the padded image's pixels, without the padding, to dx (H,W,C).
void add_inside(const ConvGeometry& g, const real* padded, real* dx) {
  const WindowWalk walk = forward_walk(g);
  const std::int64_t height = walk.rows.reach(g.oh), width = walk.columns.reach(g.ow);
  const std::int64_t rows = std::min(g.h, height - g.pad_top), columns = std::min(g.w, width - g.pad_left);
  for (std::int64_t y = 0; y < rows; ++y) {
    const real* from = padded + ((y + g.pad_top) * width + g.pad_left) * g.c;
    for (std::int64_t i = 0; i < columns * g.c; ++i) dx[y * g.w * g.c + i] += from[i];
  }
}

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* w_transposed, real* dx,
                    bool accumulate, const ConvScratch& scratch) {
  const bool unpadded = g.pad_top == 0 && g.pad_left == 0 && forward_walk(g).rows.reach(g.oh) <= g.h &&
                        forward_walk(g).columns.reach(g.ow) <= g.w;
  workers.run(g.n, [&](std::int64_t n, int worker) {
    const real* gradient = dy + n * g.oh * g.ow * g.k;
    real* image = dx + n * g.h * g.w * g.c;
    real* tile = scratch.of(worker);
    if (!accumulate) std::fill_n(image, g.h * g.w * g.c, real{0});
    if (unpadded) return add_windows(g, gradient, w_transposed, tile, g.w, image);
    real* padded = tile + tile_bytes(g) / sizeof(real);
    std::fill_n(padded, padded_values(g), real{0});
    add_windows(g, gradient, w_transposed, tile, forward_walk(g).columns.reach(g.ow), padded);
    add_inside(g, padded, image);
  });
}

}  // namespace

const ConvInputGradient kCol2imInput{"col2im", applies, input_needs, prepare_input, input_gradient};

}  // namespace cnnctl::kernels
