#include "base/stack.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "base/error.hpp"

namespace cnnctl {
namespace {

constexpr rlim_t kEnough = rlim_t{1} << 20;           // for the first thread to do all of its work
constexpr std::size_t kStack = std::size_t{8} << 20;  // what systems usually give
constexpr rlim_t kLeast = rlim_t{32} << 10;           // for libraries to be loaded and started

rlim_t stack_limit() {
  rlimit limit{};
  return getrlimit(RLIMIT_STACK, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

/// Says so and ends, where libraries would overflow it as they are loaded.
void require_stack(int, char**, char**) {
  const rlim_t limit = stack_limit();
  if (limit >= kLeast) return;
  char text[160] = {};
  const int length = std::snprintf(
      text, sizeof text, "cnnctl: error: the stack is limited to %llu KiB; at least %llu KiB are needed (ulimit -s)\n",
      static_cast<unsigned long long>(limit >> 10), static_cast<unsigned long long>(kLeast >> 10));
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, static_cast<std::size_t>(length));
  _exit(static_cast<int>(ExitCode::memory));
}

/// Before the libraries' own constructors run.
[[gnu::used, gnu::section(".preinit_array")]] void (*const kBeforeLibraries)(int, char**, char**) = require_stack;

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
