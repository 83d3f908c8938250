// Pooling over windows of an image batch. Knows geometry; knows no rule for choosing it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Output (oh, ow) sees the rows oh * stride_h - top ... + window_h - 1 of the input, and columns likewise; what lies
/// outside of the image is padding. Every window must hold at least one value of the image.
struct PoolGeometry {
  std::int64_t n = 1, channels = 1;
  std::int64_t height = 1, width = 1, out_height = 1, out_width = 1;
  std::int64_t window_h = 1, window_w = 1, stride_h = 1, stride_w = 1;
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;

  std::int64_t inputs() const { return n * height * width * channels; }
  std::int64_t outputs() const { return n * out_height * out_width * channels; }
};

/// Most places of a window of max_pool.
constexpr std::int64_t kMaxPoolPlaces = 65536;

/// Bytes of `winners`: one for each output, or two where a window has more than 256 places; the channels of a pixel are
/// rounded up to 16, so that whole registers are stored without touching the neighbour's.
std::size_t max_pool_winners(const PoolGeometry& g);

/// y (N, OH, OW, C) = the largest value of each window of x (N, H, W, C); a NaN wins, and of equals the first.
/// `winners` may be null when no gradient is wanted.
void max_pool(const Workers& workers, const PoolGeometry& g, const real* x, real* y, std::byte* winners);

/// dx = (or +=) the sum of dy over the outputs that each value won, in the order of the outputs: every task gathers
/// what belongs to its own rows of dx.
void max_pool_grad(const Workers& workers, const PoolGeometry& g, const real* dy, const std::byte* winners, real* dx,
                   bool accumulate);

/// y = the mean of each window. With `count_padding` the padding counts as zeros (but never what a window reaches
/// beyond it), else only the image's values count.
void avg_pool(const Workers& workers, const PoolGeometry& g, bool count_padding, const real* x, real* y);
void avg_pool_grad(const Workers& workers, const PoolGeometry& g, bool count_padding, const real* dy, real* dx,
                   bool accumulate);

/// y (N, C) = the mean over the `pixels` of each image of x (N, pixels, C), and its gradient.
void global_avg_pool(const Workers& workers, std::int64_t n, std::int64_t pixels, std::int64_t channels, const real* x,
                     real* y);
void global_avg_pool_grad(const Workers& workers, std::int64_t n, std::int64_t pixels, std::int64_t channels,
                          const real* dy, real* dx, bool accumulate);

}  // namespace cnnctl::kernels
