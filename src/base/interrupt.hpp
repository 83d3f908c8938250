// Requests to stop: SIGINT, SIGTERM and SIGHUP set a flag that long work polls; a second one ends the process at once.
#pragma once

#include <array>
#include <csignal>

namespace cnnctl {

/// While it lives, the first signal only raises the flag and the second kills; one object at a time. A SIGHUP that was
/// ignored before (nohup) stays ignored. SIGPIPE and SIGXFSZ are ignored for good: a reader that left and a file grown
/// too large then arrive as errors of write.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// The signal that asked to stop, or 0.
  static int requested();

 private:
  std::array<struct sigaction, 3> previous_;
};

/// Ends the process by `signal`, its handler reset, so that the parent sees 128 + signal.
[[noreturn]] void end_by_signal(int signal);

}  // namespace cnnctl
