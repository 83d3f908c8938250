#include "base/limits.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/error.hpp"

namespace cnnctl {
namespace {

constexpr rlim_t kEnough = rlim_t{1} << 20;           // for the first thread to do all of its work
constexpr std::size_t kStack = std::size_t{8} << 20;  // what systems usually give
constexpr rlim_t kLeast = rlim_t{32} << 10;           // for libraries to be loaded and started
/// A buffer of OpenBLAS (32 << 22 bytes) and room to work. For one that it cannot have it asks for ever, as it is
/// loaded.
constexpr rlim_t kLeastFree = rlim_t{160} << 20;

rlim_t stack_limit() {
  rlimit limit{};
  return getrlimit(RLIMIT_STACK, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

/// Writes the line and ends; nothing of the C++ library is there yet.
[[noreturn]] void refuse(const char* what, rlim_t limit, rlim_t needed, const char* unit, const char* option) {
  char text[160] = {};
  const int length = std::snprintf(
      text, sizeof text, "cnnctl: error: the %s is limited to %llu %s; at least %llu %s are needed (ulimit %s)\n", what,
      static_cast<unsigned long long>(limit), unit, static_cast<unsigned long long>(needed), unit, option);
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, static_cast<std::size_t>(length));
  _exit(static_cast<int>(ExitCode::memory));
}

/// What is mapped already, in bytes; 0 if nothing tells.
rlim_t mapped_bytes() {
  char text[256] = {};
  const int statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (statm < 0) return 0;
  const ssize_t count = read(statm, text, sizeof text - 1);
  close(statm);
  return count <= 0 ? 0 : std::strtoull(text, nullptr, 10) * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

void require_room(int, char**, char**) {
  if (const rlim_t limit = stack_limit(); limit < kLeast) refuse("stack", limit >> 10, kLeast >> 10, "KiB", "-s");
  rlimit space{};
  if (getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur == RLIM_INFINITY) return;
  const rlim_t mapped = mapped_bytes();
  if (mapped > 0 && space.rlim_cur < mapped + kLeastFree)
    refuse("address space", space.rlim_cur >> 20, ((mapped + kLeastFree) >> 20) + 1, "MiB", "-v");
}

/// Before the libraries' own constructors run.
[[gnu::used, gnu::section(".preinit_array")]] void (*const kBeforeLibraries)(int, char**, char**) = require_room;

}  // namespace

int with_stack(FunctionRef<int()> work) {
  if (stack_limit() >= kEnough) return work();
  pthread_attr_t room;
  pthread_attr_init(&room);
  pthread_attr_setstacksize(&room, kStack);
  pthread_setattr_default_np(&room);
  pthread_attr_destroy(&room);
  int result = 0;
  std::thread([&] { result = work(); }).join();
  return result;
}

}  // namespace cnnctl
