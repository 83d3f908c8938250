// Arrays with their axes in another order. Knows sizes; knows no meaning of an axis.
#pragma once

#include <cstdint>
#include <span>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

constexpr int kMostPermuted = 6;  // axes

/// Axis i of y is axis order[i] of x, for each of `n` samples, whose x has these sizes; y = that, or += with
/// `accumulate`. x and y must not overlap.
void permute(const Workers& workers, std::int64_t n, std::span<const std::int64_t> sizes, std::span<const int> order,
             const real* x, real* y, bool accumulate);

}  // namespace cnnctl::kernels
