#include "base/file_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.hpp"

namespace cnnctl {

// Without O_NONBLOCK the opening of a pipe would wait for its writer.
FileReader::FileReader(const std::string& path, std::uint64_t limit)
    : path_(path), file_(open_descriptor(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY)) {
  if (!file_.valid()) throw IoError(path_, "open", errno);
  struct stat status {};
  if (::fstat(file_.number(), &status) != 0) throw IoError(path_, "read", errno);
  if (S_ISDIR(status.st_mode)) throw IoError(path_, "read", EISDIR);
  if (!S_ISREG(status.st_mode)) throw cannot_read("not a regular file");
  size_ = static_cast<std::uint64_t>(status.st_size);
  if (size_ > limit) throw cannot_read("larger than " + human_bytes(limit));
}

std::size_t FileReader::read_some(std::uint64_t at, std::span<char> room) const {
  const ssize_t got =
      uninterrupted([&] { return ::pread(file_.number(), room.data(), room.size(), static_cast<off_t>(at)); });
  if (got < 0) throw IoError(path_, "read", errno);
  return static_cast<std::size_t>(got);
}

void FileReader::read(std::uint64_t at, std::span<char> room) const {
  while (!room.empty()) {
    const std::size_t got = read_some(at, room);
    if (got == 0) throw cannot_read("it became shorter while it was read");
    at += got;
    room = room.subspan(got);
  }
}

Error FileReader::cannot_read(const std::string& reason) const {
  return {ExitCode::io, path_ + ": error: cannot read: " + reason};
}

}  // namespace cnnctl
