// Sums and copies of whole arrays and of groups of channels.
#pragma once

#include <cstdint>
#include <span>

#include "base/workers.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl::kernels {

/// y = x[0] + x[1] + ..., added in this order; the views have `count` values each and y may be any of them.
void sum(const Workers& workers, std::int64_t count, std::span<const ConstView> x, real* y);

/// y = x, or y += x. x and y may be the same array.
void copy(const Workers& workers, std::int64_t count, const real* x, real* y, bool accumulate);

/// y += factor * x, and y += share * (x - y): a step from y towards x, of nothing where they are equal.
void add_scaled(const Workers& workers, std::int64_t count, real factor, const real* x, real* y);
void blend(const Workers& workers, std::int64_t count, real share, const real* x, real* y);

/// Copies (or adds) `columns` values of each row: y[r * y_stride + c] = x[r * x_stride + c].
void copy_columns(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* x, std::int64_t x_stride,
                  real* y, std::int64_t y_stride, bool accumulate);

/// Values beyond -bound and bound become these; NaN stays NaN.
void clamp(const Workers& workers, std::int64_t count, real bound, real* x);

}  // namespace cnnctl::kernels
