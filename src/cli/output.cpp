#include "cli/output.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "base/interrupt.hpp"

namespace cnnctl::cli {

void print(std::string_view text) {
  const int error = write_all(STDOUT_FILENO, text);
  if (error == EPIPE) end_by_signal(SIGPIPE);  // the reader has what it wanted and left, as `head` does
  if (error != 0) throw IoError("standard output", "write", error);
}

void note(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fputc('\n', stderr);
}

std::string fitted(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : ".." + text.substr(text.size() - width + 2);
}

}  // namespace cnnctl::cli
