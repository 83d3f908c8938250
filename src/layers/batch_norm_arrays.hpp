// Where batch norm keeps what it has found out about a batch. Knows places; computes nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/norm/batch_norm.hpp"

namespace cnnctl {

/// What is kept from the batch for its forward and backward pass, (C) each.
struct BatchNormArrays {
  static constexpr std::int64_t kCount = 7;
  real *mean, *invstd, *scale, *bias;  // scale = weight * invstd
  real *a, *b, *k;                     // of the gradient

  BatchNormArrays(std::byte* saved, std::int64_t channels) : mean(reinterpret_cast<real*>(saved)) {
    real* at = mean;
    for (real** array : {&invstd, &scale, &bias, &a, &b, &k}) *array = at += channels;
  }
  kernels::BatchNormAffine affine() const { return {mean, scale, bias}; }
  kernels::BatchNormCoefficients coefficients() const { return {a, b, k}; }
};

}  // namespace cnnctl
