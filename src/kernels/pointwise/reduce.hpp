// Sums over flat arrays, the same bits for any number of workers and any vector width.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/shape.hpp"

namespace cnnctl::kernels {

/// Sum of x[i]^2 over `count` values, in double: blocks cut by `count` alone, joined in a fixed tree.
/// NaN and infinity come through.
double sum_of_squares(const Workers& workers, std::int64_t count, const real* x);

/// Position of the first NaN or infinity among `count` values, or -1.
std::int64_t first_nonfinite(const Workers& workers, std::int64_t count, const real* x);

/// total (count) = sums[0] + sums[1] + ... in this order, each (count) values. total may be sums[0].
void join_sums(const Workers& workers, std::int64_t sums, std::int64_t count, const real* all, real* total);

}  // namespace cnnctl::kernels
