// cnnctl: parse, run, and say what went wrong in one line and one exit code.
#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/memory.hpp"
#include "base/processors.hpp"
#include "cli/cli.hpp"

namespace {

int fail(const char* message, cnnctl::ExitCode code) {
  std::fprintf(stderr, "%s\n", message);
  return static_cast<int>(code);
}

int run(int argc, char** argv) {
  try {
    if (const std::string missing = cnnctl::missing_instructions(); !missing.empty())
      return fail(
          ("cnnctl: error: this processor has no " + missing + " instructions; cnnctl needs an x86-64-v2 one").c_str(),
          cnnctl::ExitCode::internal);
    cnnctl::program_memory();
    return cnnctl::cli::run_command_line(argc, argv);
  } catch (const cnnctl::Error& error) {
    return fail(error.what(), error.code());
  } catch (const std::bad_alloc&) {
    return fail("cnnctl: error: out of memory; try a smaller data.batch_size", cnnctl::ExitCode::memory);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cnnctl: internal error: %s; please report it\n", error.what());
    return static_cast<int>(cnnctl::ExitCode::internal);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return cnnctl::with_stack([&] { return run(argc, argv); });
  } catch (const std::system_error&) {
    return fail("cnnctl: error: the system gives no thread", cnnctl::ExitCode::memory);
  }
}
