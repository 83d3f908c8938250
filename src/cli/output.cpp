#include "cli/output.hpp"

#include <cerrno>
#include <cstdio>

#include "base/error.hpp"

namespace cnnctl::cli {

void print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) throw IoError("standard output", "write", errno);
}

void note(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fputc('\n', stderr);
}

}  // namespace cnnctl::cli
