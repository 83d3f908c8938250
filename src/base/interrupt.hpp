// Requests to stop: SIGINT, SIGTERM and SIGHUP set a flag that long work polls; a second one ends the process at once.
#pragma once

namespace cnnctl {

/// While it lives, the first signal only raises the flag and the second kills. SIGPIPE is ignored for good.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// The signal that asked to stop, or 0.
  static int requested();
};

/// Ends the process by `signal`, its handler reset, so that the parent sees 128 + signal.
[[noreturn]] void end_by_signal(int signal);

}  // namespace cnnctl
