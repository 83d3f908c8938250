// A regular file that stays open, to be read from anywhere in it. Knows what the system says of files; knows no
// content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/descriptor.hpp"
#include "base/error.hpp"

namespace cnnctl {

class FileReader {
 public:
  /// Opens it. Throws IoError; what is no regular file, or larger than `limit` bytes, is an Error of exit code 6.
  FileReader(const std::string& path, std::uint64_t limit);

  const std::string& path() const { return path_; }
  /// Bytes, as the file said when it was opened; those of /proc say 0.
  std::uint64_t size() const { return size_; }
  /// Reads at most room.size() bytes from `at` on; returns how many, 0 at the end. From any thread. Throws IoError.
  std::size_t read_some(std::uint64_t at, std::span<char> room) const;
  /// Fills the room with what stands from `at` on; an Error of exit code 6 if the file ends before, as it was cut.
  void read(std::uint64_t at, std::span<char> room) const;
  /// "<path>: error: cannot read: <reason>".
  Error cannot_read(const std::string& reason) const;

 private:
  std::string path_;
  Descriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace cnnctl
