// What a training's bits may depend on beside its configuration and data: the program, its libraries, the processor.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cnnctl {

/// Facts by name, in a fixed order: version, program (a hash of the executable), compiler, products (OpenBLAS and the
/// kernels that it chose), vectors (the instruction set of our kernels), threading (oneTBB), precision.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// Of this process. Reads the executable at the first call.
const Environment& environment();

/// One line for each fact that differs: "vectors: AVX3 then, AVX2 now". Facts that only one side knows do not count.
std::vector<std::string> differences(const Environment& then, const Environment& now);

/// "cnnctl 0.1.0".
std::string tool_version();

}  // namespace cnnctl
