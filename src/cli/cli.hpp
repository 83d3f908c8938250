// The command line as a whole: which command, its options, its exit code.
#pragma once

namespace cnnctl::cli {

/// Parses and runs. Throws the Errors of base/error.hpp, UsageError for a command line that cannot be obeyed.
int run_command_line(int argc, const char* const* argv);

}  // namespace cnnctl::cli
