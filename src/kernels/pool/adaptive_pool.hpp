// Means of as many windows as the output has places, whatever the input's size.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// PyTorch's rule: output row oh is the mean of the input's rows from floor(oh * height / out_height) to before
/// ceil((oh + 1) * height / out_height), columns likewise. Windows may overlap, and repeat where the output is larger.
struct AdaptivePoolGeometry {
  std::int64_t n = 1, channels = 1;
  std::int64_t height = 1, width = 1, out_height = 1, out_width = 1;
};

/// y (N, OH, OW, C) = the mean of each window of x (N, H, W, C).
void adaptive_avg_pool(const Workers& workers, const AdaptivePoolGeometry& g, const real* x, real* y);
void adaptive_avg_pool_grad(const Workers& workers, const AdaptivePoolGeometry& g, const real* dy, real* dx,
                            bool accumulate);

}  // namespace cnnctl::kernels
