// A second process for tests of locks, limits, signals and kills.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace cnnctl::testing {

/// Runs `body` in a forked process, which ends with the int that it returns; killed, if still alive, by the destructor.
class Child {
 public:
  template <class Body>
  explicit Child(const Body& body) : process_(fork()) {
    if (process_ < 0) throw std::runtime_error("cannot fork");
    if (process_ > 0) return;
    for (const int signal : {SIGINT, SIGTERM, SIGABRT, SIGSEGV, SIGFPE, SIGILL})
      ::signal(signal, SIG_DFL);  // doctest's
    int result = 99;
    try {
      result = body();
    } catch (...) {
    }
    _exit(result);
  }
  ~Child() {
    if (process_ <= 0) return;
    kill(SIGKILL);
    wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t process() const { return process_; }
  void kill(int signal) const { ::kill(process_, signal); }
  /// The exit code, or 128 + the signal that ended it.
  int wait() {
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t process_;
};

}  // namespace cnnctl::testing
