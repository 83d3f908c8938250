// Max pooling of the common kind: windows of 2x2, side by side and wholly inside the image.
#pragma once

#include "kernels/pool/pool.hpp"

namespace cnnctl::kernels {

bool pools_2x2(const PoolGeometry& g);

/// As max_pool and max_pool_grad.
void max_pool_2x2(const Workers& workers, const PoolGeometry& g, const real* x, real* y, std::byte* winners);
void max_pool_2x2_grad(const Workers& workers, const PoolGeometry& g, const real* dy, const std::byte* winners,
                       real* dx, bool accumulate);

}  // namespace cnnctl::kernels
