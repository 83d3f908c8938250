// The rectifier with a trained slope for negative numbers: y = x above zero, slope * x else.
// He et al., "Delving deep into rectifiers", ICCV 2015. Knows channels; knows no layer.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// x and y (rows, channels), slopes (channels). y may be x.
void prelu(const Workers& workers, std::int64_t rows, std::int64_t channels, const real* x, const real* slopes,
           real* y);

/// dx = (or +=) dy, times the slope where x is not above zero. dx may be dy.
void prelu_grad(const Workers& workers, std::int64_t rows, std::int64_t channels, const real* x, const real* slopes,
                const real* dy, real* dx, bool accumulate);

/// sums[s][c] = the sum of dy * x over those of `rows` rows of sample s where x is not above zero: what the slopes'
/// gradient is made of. x and dy (samples, rows, channels).
void prelu_slope_sums(const Workers& workers, std::int64_t samples, std::int64_t rows, std::int64_t channels,
                      const real* x, const real* dy, real* sums);

}  // namespace cnnctl::kernels
