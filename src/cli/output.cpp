#include "cli/output.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "base/error.hpp"
#include "base/interrupt.hpp"

namespace cnnctl::cli {

void print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return;
  if (errno == EPIPE) end_by_signal(SIGPIPE);  // the reader has what it wanted and left, as `head` does
  throw IoError("standard output", "write", errno);
}

void note(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fputc('\n', stderr);
}

std::string fitted(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : ".." + text.substr(text.size() - width + 2);
}

}  // namespace cnnctl::cli
