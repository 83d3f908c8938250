// Each value divided by a power of the mean of squares of its neighbours among the channels.
// Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", NIPS 2012, as
// torch.nn.LocalResponseNorm. Knows rows and channels; knows no layer.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// y[c] = x[c] * d[c]^-beta with d[c] = k + alpha / size * the sum of x[j]^2 over j from c - size / 2 to
/// c + (size - 1) / 2, as far as there are such channels.
struct ResponseNorm {
  std::int64_t size = 5;
  double alpha = 1e-4, beta = 0.75, k = 1;
};

/// x and y are (rows, channels).
void local_response_norm(const Workers& workers, const ResponseNorm& norm, std::int64_t rows, std::int64_t channels,
                         const real* x, real* y);

/// dx = (or +=) from dy; all (rows, channels). dx may be dy. `scratch` holds 2 * channels values for each worker.
void local_response_norm_grad(const Workers& workers, const ResponseNorm& norm, std::int64_t rows,
                              std::int64_t channels, const real* x, const real* dy, real* dx, bool accumulate,
                              std::byte* scratch, std::size_t worker_bytes);

}  // namespace cnnctl::kernels
