// Matrices turned around: weights for the pass that multiplies with them the other way, and images between memory's
// order (H, W, C) and the files' (C, H, W).
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// y (columns, rows) = the transpose of x (rows, columns), on the calling thread; ldx and ldy are the lengths of a row
/// in memory. x and y must not overlap.
void transpose(std::int64_t rows, std::int64_t columns, const real* x, std::int64_t ldx, real* y, std::int64_t ldy);

/// y (n, columns, rows) = x (n, rows, columns) with each matrix transposed; or y += that. x and y must not overlap.
void transpose(const Workers& workers, std::int64_t n, std::int64_t rows, std::int64_t columns, const real* x, real* y,
               bool accumulate);

}  // namespace cnnctl::kernels
