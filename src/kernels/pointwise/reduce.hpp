// Sums over flat arrays, the same bits for any number of workers and any vector width.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Sum of `block(begin, end)` over consecutive blocks that cover [0, count): cut by `count` alone, joined in a fixed
/// tree. Up to 16,384 values are one block, computed by the calling thread; there are at most 64.
double sum_of_blocks(const Workers& workers, std::int64_t count,
                     FunctionRef<double(std::int64_t begin, std::int64_t end)> block);

/// Sum of x[i]^2 over `count` values, in double, by blocks.
/// NaN and infinity come through.
double sum_of_squares(const Workers& workers, std::int64_t count, const real* x);

/// Position of the first NaN or infinity among `count` values, or -1.
std::int64_t first_nonfinite(const Workers& workers, std::int64_t count, const real* x);

/// total (count) = sums[0] + sums[1] + ... in this order, each (count) values. total may be sums[0].
void join_sums(const Workers& workers, std::int64_t sums, std::int64_t count, const real* all, real* total);

}  // namespace cnnctl::kernels
