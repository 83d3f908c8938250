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
  std::int64_t rows = 1;  // samples times pixels
  std::int64_t channels = 1;
  Activation activation;

  std::int64_t count() const { return rows * channels; }
};

/// Bytes of scratch that statistics and gradient need, for these rows or fewer.
std::size_t batch_norm_scratch(const BatchNormGeometry& g);

/// mean (C) and var (C), the biased variance (divided by rows), of x (rows, C). Accurate when the mean is much larger
/// than the deviation: deviations are taken from a value of the same block, and blocks are joined in double.
void batch_norm_statistics(const Workers& workers, const BatchNormGeometry& g, const real* x, real* mean, real* var,
                           std::byte* scratch);

/// Of each channel, (C): what normalises it. scale = weight * invstd.
struct BatchNormAffine {
  const real *mean, *scale, *bias;
};

/// y = act((x - mean) * scale + bias + residual); residual is (rows, C) or null. y may be x or residual.
void batch_norm_apply(const Workers& workers, const BatchNormGeometry& g, const real* x, const BatchNormAffine& affine,
                      const real* residual, real* y);

/// What the gradient is computed from: the input, what batch_norm_apply was called with, invstd = 1 / sqrt(var + eps)
/// (C), and the output. y null: there was no residual; then y is computed again from x, to the bit, which is cheaper
/// than to read it.
struct BatchNormSaved {
  const real* x;
  BatchNormAffine affine;
  const real* invstd;
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
