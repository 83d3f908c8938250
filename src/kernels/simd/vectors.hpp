// Which vector instructions the kernels use on this machine.
#pragma once

namespace cnnctl::kernels {

/// "AVX3" (AVX-512), "AVX2", "NEON" or "SCALAR": what the kernels dispatch to.
const char* vector_instructions();

/// From now on use registers of at most `bits` bits (0: no limit). Only for tests and benchmarks, and not while kernels
/// run.
void limit_vector_bits(int bits);

}  // namespace cnnctl::kernels
