// How long the registers of a test run are: what kernels/vectors.hpp is told.
#pragma once

#include <cstdlib>

#include "kernels/simd/vectors.hpp"

namespace cnnctl::testing {

/// CNNCTL_VECTOR_BITS of the environment, for kernels::limit_vector_bits; 0: as long as the machine's.
inline int vector_bits() {
  const char* const bits = std::getenv("CNNCTL_VECTOR_BITS");
  return bits == nullptr ? 0 : std::atoi(bits);
}

}  // namespace cnnctl::testing
