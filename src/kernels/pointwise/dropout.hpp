// Dropout: zeroes values at random and scales the others. Srivastava et al., JMLR 2014.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Whose random numbers: element i of (seed, step, layer) is dropped or not whatever else is computed, so the gradient
/// draws the same numbers again and no mask is kept.
struct DropoutKey {
  std::uint64_t seed = 0, step = 0;
  std::uint32_t layer = 0;
};

/// The stream that such a key's numbers come from.
std::uint64_t stream_of(const DropoutKey& key);

/// y = 0 with probability p, else x / (1 - p), for elements [first, first + count), which x and y begin with;
/// 0 <= p < 1. y may be x. With `accumulate`: y +=
/// that. The gradient is the same function of dy.
void dropout(const Workers& workers, const DropoutKey& key, double p, std::int64_t first, std::int64_t count,
             const real* x, real* y, bool accumulate);

}  // namespace cnnctl::kernels
