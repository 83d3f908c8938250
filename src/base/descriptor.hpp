// An open file of the system, closed by its owner. Knows errno; knows no path.
#pragma once

#include <cerrno>
#include <string_view>
#include <utility>

namespace cnnctl {

/// Owns a file descriptor; -1 is none.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  bool valid() const { return number_ >= 0; }
  int number() const { return number_; }
  /// Returns 0 or an errno. The descriptor is gone either way, as Linux has it.
  int close();

 private:
  int number_;
};

/// The result of a system call, made again as long as a signal interrupts it. Negative on failure, errno says why.
template <class Call>
auto uninterrupted(const Call& call) {
  for (;;)
    if (const auto result = call(); result >= 0 || errno != EINTR) return result;
}

/// open(2) with O_CLOEXEC. Invalid on failure, errno says why.
Descriptor open_descriptor(const char* path, int flags, unsigned mode = 0666);

/// Writes everything, however short the single writes are. Returns 0 or an errno.
int write_all(int file, std::string_view bytes);

}  // namespace cnnctl
