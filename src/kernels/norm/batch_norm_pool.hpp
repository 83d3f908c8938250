// Batch norm and the max pooling behind it in one: y = act(max of (x - mean) * scale + bias over windows of 2x2). The
// normalised image, four times as large as y, is never stored, and its gradient neither: of each window one value has
// any. Knows images; the statistics and their sums are batch_norm.hpp's.
#pragma once

#include "kernels/norm/batch_norm.hpp"
#include "kernels/pool/pool.hpp"

namespace cnnctl::kernels {

/// y (N, OH, OW, C) from x (N, H, W, C). `largest` (N, OH, OW, C) becomes the values of x that y was made of; null:
/// not wanted. The activation must not fall.
void batch_norm_max_pool(const Workers& workers, const PoolGeometry& g, Activation activation, const real* x,
                         const BatchNormAffine& affine, real* y, real* largest);

/// dx (N, H, W, C), or dx +=, from dy (N, OH, OW, C): as batch_norm_grad of the gradient that max pooling would hand
/// on. The sums that the coefficients need are those of batch_norm_gather_gradient over `largest` and dy.
void batch_norm_max_pool_grad(const Workers& workers, const PoolGeometry& g, Activation activation, const real* x,
                              const BatchNormAffine& affine, const BatchNormCoefficients& coefficients, const real* dy,
                              real* dx, bool accumulate);

}  // namespace cnnctl::kernels
