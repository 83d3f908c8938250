// Means and largest values of as many windows as the output has places, whatever the input's size.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// PyTorch's rule: output row oh sees the input's rows from floor(oh * height / out_height) to before
/// ceil((oh + 1) * height / out_height), columns likewise. Windows may overlap, and repeat where the output is larger.
struct AdaptivePoolGeometry {
  std::int64_t n = 1, channels = 1;
  std::int64_t height = 1, width = 1, out_height = 1, out_width = 1;

  std::int64_t inputs() const { return n * height * width * channels; }
  std::int64_t outputs() const { return n * out_height * out_width * channels; }
  /// Most places of a window.
  std::int64_t places() const;
};

/// y (N, OH, OW, C) = the mean of each window of x (N, H, W, C).
void adaptive_avg_pool(const Workers& workers, const AdaptivePoolGeometry& g, const real* x, real* y);
void adaptive_avg_pool_grad(const Workers& workers, const AdaptivePoolGeometry& g, const real* dy, real* dx,
                            bool accumulate);

/// Bytes of `winners`, as max_pool_winners.
std::size_t adaptive_max_pool_winners(const AdaptivePoolGeometry& g);

/// y = the largest value of each window; a NaN wins, and of equals the first. `winners` may be null when no gradient is
/// wanted. No window has more than kMaxPoolPlaces places.
void adaptive_max_pool(const Workers& workers, const AdaptivePoolGeometry& g, const real* x, real* y,
                       std::byte* winners);
/// dx = (or +=) the sum of dy over the outputs that each value won, in the order of the outputs.
void adaptive_max_pool_grad(const Workers& workers, const AdaptivePoolGeometry& g, const real* dy,
                            const std::byte* winners, real* dx, bool accumulate);

}  // namespace cnnctl::kernels
