#include "base/interrupt.hpp"

#include <unistd.h>

#include <cstddef>
#include <cstdio>

namespace cnnctl {
namespace {

constexpr std::array<int, 3> kStopSignals = {SIGINT, SIGTERM, SIGHUP};

// A handler has no other way to be heard: the one variable of the program that is global.
volatile std::sig_atomic_t requested_signal = 0;

extern "C" void on_stop_signal(int signal) {
  if (requested_signal != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);  // blocked while its handler runs, so it arrives on return
    return;
  }
  requested_signal = signal;
}

}  // namespace

Interrupt::Interrupt() {
  requested_signal = 0;
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  action.sa_flags = SA_RESTART;  // system calls of libraries go on as if nothing happened
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kStopSignals.size(); ++i) {
    sigaction(kStopSignals[i], nullptr, &previous_[i]);
    if (kStopSignals[i] == SIGHUP && previous_[i].sa_handler == SIG_IGN) continue;
    sigaction(kStopSignals[i], &action, nullptr);
  }
}

Interrupt::~Interrupt() {
  for (std::size_t i = 0; i < kStopSignals.size(); ++i) sigaction(kStopSignals[i], &previous_[i], nullptr);
}

int Interrupt::requested() { return requested_signal; }

void end_by_signal(int signal) {
  std::fflush(nullptr);  // the end by a signal runs no destructor and flushes nothing
  std::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  std::raise(signal);
  _exit(128 + signal);
}

}  // namespace cnnctl
