// What happens to the results of a product or a convolution before they are stored.
#pragma once

#include <cstdint>

#include "kernels/pointwise/activation.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// What happens to a result before it is stored: y = act(value + bias), or y += value with `accumulate` (then without
/// bias and activation).
struct Epilogue {
  const real* bias = nullptr;  // (K) or null
  Activation activation;
  bool accumulate = false;
};

/// Rows of y, (rows, channels) with distance ldy, get bias and activation, on the calling thread.
void apply_epilogue(const Epilogue& epilogue, std::int64_t rows, std::int64_t channels, real* y, std::int64_t ldy);

}  // namespace cnnctl::kernels
