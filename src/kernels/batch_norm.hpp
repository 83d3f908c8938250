// Normalisation of channels over a batch, fused with a residual sum and an activation:
//   y = act((x - mean) * invstd * weight + bias + residual).
// Ioffe and Szegedy, "Batch normalization", ICML 2015. Knows rows and channels; knows no running statistics' policy.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/workers.hpp"
#include "kernels/activation.hpp"
#include "tensor/shape.hpp"

namespace cnnctl::kernels {

struct BatchNormGeometry {
  std::int64_t rows = 1;      // samples times pixels
  std::int64_t channels = 1;
  Activation activation;

  std::int64_t count() const { return rows * channels; }
};

/// Bytes of scratch that statistics and gradient need.
std::size_t batch_norm_scratch(const BatchNormGeometry& g);

/// mean (C) and var (C), the biased variance (divided by rows), of x (rows, C). Accurate when the mean is much larger
/// than the deviation: deviations are taken from a value of the same block, and blocks are joined in double.
void batch_norm_statistics(const Workers& workers, const BatchNormGeometry& g, const real* x, real* mean, real* var,
                           std::byte* scratch);

/// y = act((x - mean) * scale + bias + residual); mean, scale and bias are (C), residual (rows, C) or null. y may be x
/// or residual.
void batch_norm_apply(const Workers& workers, const BatchNormGeometry& g, const real* x, const real* mean,
                      const real* scale, const real* bias, const real* residual, real* y);

/// What the gradient is computed from. With an activation, `y` is the output of batch_norm_apply, else it may be null.
struct BatchNormSaved {
  const real* x;
  const real* mean;
  const real* invstd;
  const real* weight;  // null: 1
  const real* y;
};

/// Where the gradients go; null: not wanted. `accumulate`: added to what is there.
struct BatchNormGradients {
  real* dx = nullptr;
  bool accumulate_dx = false;
  real* dr = nullptr;  // of the residual
  bool accumulate_dr = false;
  real* dweight = nullptr;  // (C), as the next; always written
  real* dbias = nullptr;
};

/// From dy (rows, C): dx through the batch's own statistics, dr = dy * act'(y), dweight and dbias. dx or dr may be dy.
void batch_norm_grad(const Workers& workers, const BatchNormGeometry& g, const BatchNormSaved& saved, const real* dy,
                     const BatchNormGradients& out, std::byte* scratch);

}  // namespace cnnctl::kernels
