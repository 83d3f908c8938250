#include "observe/append_file.hpp"

#include <cerrno>
#include <utility>

#include "base/error.hpp"

namespace cnnctl {

AppendFile::AppendFile(std::string path) : path_(std::move(path)), file_(std::fopen(path_.c_str(), "ab")) {
  if (!file_) throw IoError(path_, "open for writing", errno);
  if (std::fseek(file_.get(), 0, SEEK_END) != 0) throw IoError(path_, "seek", errno);
  was_empty_ = std::ftell(file_.get()) == 0;
}

void AppendFile::line(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size() &&
                       std::fputc('\n', file_.get()) != EOF && std::fflush(file_.get()) == 0;
  if (!written) throw IoError(path_, "write", errno);
}

}  // namespace cnnctl
