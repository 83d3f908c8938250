// FolderLock of file.hpp: flock decides, the note inside the file only explains.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace cnnctl {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown host";
  return name.data();
}

/// "process 1234 (host)" from a note "1234 host"; the owner may not have written it yet.
std::string owner_of(const Descriptor& file) {
  std::array<char, 300> note{};
  const ssize_t length = ::pread(file.number(), note.data(), note.size(), 0);
  const std::string_view text(note.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  const std::size_t space = text.find(' '), end = text.find('\n');
  if (space == std::string_view::npos || end == std::string_view::npos || space == 0 || space > end)
    return "another process";
  return "process " + std::string(text.substr(0, space)) + " (" + std::string(text.substr(space + 1, end - space - 1)) +
         ")";
}

}  // namespace

FolderLock::FolderLock(const std::string& folder) {
  const std::string path = folder + "/.lock";
  Descriptor file = open_descriptor(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW);
  if (!file.valid()) throw IoError(path, "open", errno);
  if (uninterrupted([&] { return ::flock(file.number(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno != EWOULDBLOCK) throw IoError(path, "lock", errno);
    throw LockedError(folder, "run directory is in use by " + owner_of(file));
  }
  if (uninterrupted([&] { return ::ftruncate(file.number(), 0); }) != 0) throw IoError(path, "write", errno);
  const std::string note = std::to_string(::getpid()) + " " + host_name() + "\n";
  if (const int error = write_all(file.number(), note)) throw IoError(path, "write", error);
  file_ = std::move(file);
}

FolderLock::~FolderLock() {
  // Without the note a reader of the file is not misled; without success the lock ends all the same.
  [[maybe_unused]] const int ignored = ::ftruncate(file_.number(), 0);
}

}  // namespace cnnctl
