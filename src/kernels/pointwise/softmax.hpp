// Softmax over rows.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// y[r] = exp(x[r] - max) / sum, for each row of x (rows, columns); y may be x. A row with a NaN becomes NaN. The sum
/// is formed in sixteen strands, whatever the register width.
void softmax(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* x, real* y);

/// dx = (or +=) y * (dy - sum(y * dy)), from the output y; dx may be dy.
void softmax_grad(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* y, const real* dy,
                  real* dx, bool accumulate);

/// y[r] = x[r] - max - log(sum of e^(x[r] - max)), the sum in double; y may be x.
void log_softmax(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* x, real* y);

/// dx = (or +=) dy - e^y * sum(dy), from the output y; dx may be dy.
void log_softmax_grad(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* y, const real* dy,
                      real* dx, bool accumulate);

}  // namespace cnnctl::kernels
