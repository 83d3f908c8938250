// Between memory's order of an image (H, W, C) and the file's (C, H, W).
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/shape.hpp"

namespace cnnctl::kernels {

/// y (n, columns, rows) = x (n, rows, columns) with each matrix transposed; or y += that. x and y must not overlap.
void transpose(const Workers& workers, std::int64_t n, std::int64_t rows, std::int64_t columns, const real* x, real* y,
               bool accumulate);

}  // namespace cnnctl::kernels
