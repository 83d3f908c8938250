#include "observe/append_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.hpp"

namespace cnnctl {

AppendFile::AppendFile(std::string path)
    : path_(std::move(path)), file_(open_descriptor(path_.c_str(), O_RDWR | O_CREAT | O_APPEND)) {
  if (!file_.valid()) throw IoError(path_, "open for writing", errno);
  const off_t size = ::lseek(file_.number(), 0, SEEK_END);
  if (size < 0) throw IoError(path_, "seek", errno);
  was_empty_ = size == 0;
  if (was_empty_) return;
  char last = 0;
  if (uninterrupted([&] { return ::pread(file_.number(), &last, 1, size - 1); }) < 0)
    throw IoError(path_, "read", errno);
  if (last != '\n') line("");  // the disk was full in the middle of a line
}

void AppendFile::line(std::string_view text) {
  std::string whole(text);
  whole.push_back('\n');
  if (const int error = write_all(file_.number(), whole)) throw IoError(path_, "write", error);
}

}  // namespace cnnctl
