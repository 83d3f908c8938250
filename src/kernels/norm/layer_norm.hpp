// Layer normalisation: each row to mean 0 and deviation 1, then scaled and shifted column by column.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Of a matrix; a row is what is normalised.
struct LayerNormGeometry {
  std::int64_t rows, channels;
  double eps;
};

/// Of each row, one behind the other: mean and 1 / deviation.
constexpr std::int64_t kLayerNormSaved = 2;

/// y = (x - mean) * invstd * weight + bias; y may be x. `weight` and `bias` (channels) may be null. Writes what
/// backward needs to `saved` (rows, kLayerNormSaved) unless it is null.
void layer_norm(const Workers& workers, const LayerNormGeometry& g, const real* x, const real* weight, const real* bias,
                real* y, real* saved);

/// dx = (or +=) the gradient of x (rows, channels); dx may be dy.
void layer_norm_grad(const Workers& workers, const LayerNormGeometry& g, const real* x, const real* saved,
                     const real* weight, const real* dy, real* dx, bool accumulate);

/// Bytes of scratch for layer_norm_parameter_grad, for these rows or fewer.
std::size_t layer_norm_scratch(const LayerNormGeometry& g);

/// dweight = sums of dy * (x - mean) * invstd over the rows, dbias = those of dy; either may be null. Rows are added in
/// blocks that depend on the shape alone, the blocks joined in double.
void layer_norm_parameter_grad(const Workers& workers, const LayerNormGeometry& g, const real* x, const real* saved,
                               const real* dy, real* dweight, real* dbias, std::byte* scratch);

}  // namespace cnnctl::kernels
