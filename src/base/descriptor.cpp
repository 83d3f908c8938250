#include "base/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace cnnctl {

int Descriptor::close() {
  if (number_ < 0) return 0;
  const int result = ::close(std::exchange(number_, -1));
  return result == 0 || errno == EINTR ? 0 : errno;
}

Descriptor open_descriptor(const char* path, int flags, unsigned mode) {
  return Descriptor(uninterrupted([&] { return ::open(path, flags | O_CLOEXEC, mode); }));
}

int write_all(int file, std::string_view bytes) {
  constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // Linux writes no more than 2 GiB in one call
  while (!bytes.empty()) {
    const ssize_t written =
        uninterrupted([&] { return ::write(file, bytes.data(), std::min(bytes.size(), kMostAtOnce)); });
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace cnnctl
