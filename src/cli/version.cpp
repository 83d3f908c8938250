// cnnctl version: what was built, with what, and what it runs on.
#include <fmt/format.h>

#include "base/workers.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace cnnctl::cli {

CLI::App* setup(CLI::App& app, VersionOptions&) {
  return app.add_subcommand("version", "Print the version and how it was built");
}

int run(const VersionOptions&) {
#ifdef CNNCTL_HAVE_LIBXSMM
  constexpr const char* products = "OpenBLAS, LIBXSMM";
#else
  constexpr const char* products = "OpenBLAS";
#endif
  print(fmt::format("{}\ncompiler    {}\nproducts    {}\nprecision   {}\nprocessors  {}\n", tool_version(), __VERSION__,
                    products, sizeof(real) == 4 ? "float" : "double", Workers::available()));
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
