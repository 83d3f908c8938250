// Normalisation of channels over a batch, fused with a residual sum and an activation:
//   y = act((x - mean) * invstd * weight + bias + residual).
// Ioffe and Szegedy, "Batch normalization", ICML 2015. Knows rows and channels; knows no running statistics' policy.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/workers.hpp"
#include "kernels/pointwise/activation.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

struct BatchNormGeometry {
  std::int64_t rows = 1;  // samples times pixels
  std::int64_t channels = 1;
  Activation activation;
  std::int64_t part_rows = rows;  // statistics are gathered part by part; the last part may be shorter

  std::int64_t count() const { return rows * channels; }
};

/// Bytes of scratch that gathering needs, for these rows or fewer: of the forward pass, and of the backward pass.
std::size_t batch_norm_scratch(const BatchNormGeometry& g);

/// Gathers what mean and variance are formed from, for the parts that rows [first, first + count) of x are; they begin
/// with a part. x is (count, C). Parts may be gathered in any order and by several workers at once.
void batch_norm_gather(const Workers& workers, const BatchNormGeometry& g, std::int64_t first, std::int64_t count,
                       const real* x, std::byte* scratch);

/// mean (C) and var (C), the biased variance (divided by rows), from what was gathered. Accurate when the mean is much
/// larger than the deviation: deviations are taken from the mean of a block of rows, and blocks are joined in double.
void batch_norm_settle(const Workers& workers, const BatchNormGeometry& g, const std::byte* scratch, real* mean,
                       real* var);

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

/// Gathers what the gradients need from rows [first, first + count) of dy, (count, C); saved.x and saved.y begin with
/// the same row. As batch_norm_gather.
void batch_norm_gather_gradient(const Workers& workers, const BatchNormGeometry& g, std::int64_t first,
                                std::int64_t count, const BatchNormSaved& saved, const real* dy, std::byte* scratch);

/// Of each channel, (C): dx = a * dy * act'(y) + b * (x - mean) + k.
struct BatchNormCoefficients {
  real *a, *b, *k;
};

/// The coefficients, dweight (C) and dbias (C), from what was gathered; the last two may be null: not wanted. Of
/// `saved` scale and invstd are read. `normalised`: the rows that were, more than g.rows if some had no gradient.
void batch_norm_settle_gradient(const Workers& workers, const BatchNormGeometry& g, std::int64_t normalised,
                                const BatchNormSaved& saved, const std::byte* scratch,
                                const BatchNormCoefficients& coefficients, real* dweight, real* dbias);

/// Where the gradients go; null: not wanted. `accumulate`: added to what is there.
struct BatchNormGradients {
  real* dx = nullptr;
  bool accumulate_dx = false;
  real* dr = nullptr;  // of the residual
  bool accumulate_dr = false;
};

/// From dy (rows, C): dx through the batch's own statistics, and dr = dy * act'(y). dx or dr may be dy.
void batch_norm_grad(const Workers& workers, const BatchNormGeometry& g, const BatchNormSaved& saved,
                     const BatchNormCoefficients& coefficients, const real* dy, const BatchNormGradients& out);

}  // namespace cnnctl::kernels
