// cnnctl version: what was built, with what, and what it runs on.
#include <fmt/format.h>

#include "base/processors.hpp"
#include "base/workers.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "kernels/matrix/gemm.hpp"
#include "kernels/simd/vectors.hpp"

namespace cnnctl::cli {

void setup(CommandLine& line, VersionOptions& options) {
  line.command("version", "Print the version and how it was built", [&options] { return run(options); });
}

int run(const VersionOptions&) {
  print(fmt::format("{}\ncompiler    {}\nproducts    {}\nvectors     {}\nprecision   {}\nprocessors  {}\n",
                    tool_version(), __VERSION__, kernels::gemm_description(), kernels::vector_instructions(),
                    sizeof(real) == 4 ? "float" : "double", available_processors()));
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
