// Files: read whole, write so that a crash leaves the old or the new content, lock a folder.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.hpp"
#include "base/fresh.hpp"
#include "base/workers.hpp"

namespace cnnctl {

/// The whole content of a regular file. Throws IoError; a file larger than `limit` bytes, a folder or a device is an
/// Error of exit code 6 as well, and one larger than the memory left a MemoryError.
std::string read_file(const std::string& path, std::uint64_t limit = std::uint64_t{1} << 40);

/// The same for large files, in parallel.
Bytes read_large_file(const std::string& path, const Workers& workers, std::uint64_t limit = std::uint64_t{1} << 40);

/// Replaces the content of `path`: temporary file beside it, full write, fsync, rename, fsync of the folder. At any
/// instant the old content or the new one is there. Throws IoError; the temporary file is then gone and the old content
/// untouched, unless it was the folder's fsync that failed: then the new content is there, perhaps not yet for good.
void write_file_atomically(const std::string& path, std::string_view content);
/// The same for content in several pieces.
void write_file_atomically(const std::string& path, std::span<const std::string_view> pieces);

/// A file on its way. Both throw IoError.
class FileWriter {
 public:
  FileWriter(const Descriptor& file, const std::string& path) : file_(file), path_(path) {}
  void write(std::string_view bytes);
  /// Over bytes that were written before, `at` counting from the beginning.
  void rewrite(std::uint64_t at, std::string_view bytes);

 private:
  const Descriptor& file_;
  const std::string& path_;
};
/// The same for content that `write` delivers piece by piece, so that it need not be in memory as a whole.
void write_atomically(const std::string& path, FunctionRef<void(FileWriter& file)> write);

/// Removes what killed processes left of write_file_atomically in a folder. Only for the owner of its lock.
void remove_temporaries(const std::string& folder);

/// Whether there is anything of this name, or a folder. Throws IoError if the system cannot tell: taking that for "no"
/// would let a run begin anew over its own state, or take the last checkpoint for the best.
bool exists(const std::string& path);
bool is_directory(const std::string& path);

/// Makes the folder and its parents, durably. Throws IoError.
void make_folders(const std::string& path);

/// Names in a folder, sorted bytewise; "." and ".." left out. Throws IoError.
std::vector<std::string> list_folder(const std::string& path);

/// Owns the advisory lock on `<folder>/.lock` until destroyed; the system frees it if the process dies. The file stays:
/// it holds the owner's process number and host for the message, and nothing while nobody owns it.
/// Throws LockedError naming the process that holds it.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  Descriptor file_;
};

/// XXH3, 64 bits.
std::uint64_t hash_bytes(std::span<const std::byte> bytes, std::uint64_t seed = 0);

/// The hash of bytes that come in pieces: what hash_bytes gives for all of them.
class RunningHash {
 public:
  explicit RunningHash(std::uint64_t seed);
  ~RunningHash();
  RunningHash(const RunningHash&) = delete;
  RunningHash& operator=(const RunningHash&) = delete;

  void add(std::span<const std::byte> bytes);
  std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cnnctl
