// Sums over the rows of a matrix, such as the gradient of a bias.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Bytes of scratch that column_sums needs, for these rows or fewer.
std::size_t column_sums_scratch(std::int64_t rows, std::int64_t columns);

/// sums[c] = x[0][c] + x[1][c] + ...; x is (rows, columns). Rows are added in blocks that depend on the shape alone and
/// the blocks joined in double.
void column_sums(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* x, real* sums,
                 std::byte* scratch);

/// sums[c] = a[0][c] * b[0][c] + a[1][c] * b[1][c] + ..., likewise, with as much scratch.
void column_dots(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* a, const real* b,
                 real* sums, std::byte* scratch);

}  // namespace cnnctl::kernels
