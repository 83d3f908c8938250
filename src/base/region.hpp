// One parallel region: the tasks that workers share out among themselves. Knows no threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>

#include "base/workers.hpp"

namespace cnnctl {

/// Workers draw tasks from a counter: which worker gets which task depends on the moment, but nothing else does.
class Region {
 public:
  using Body = FunctionRef<void(std::int64_t, int)>;

  Region(std::int64_t tasks, Body body) : tasks_(tasks), body_(body) {}

  std::int64_t tasks() const { return tasks_; }

  /// Runs tasks as long as there are any. After an exception, which is kept, no further task begins.
  void work(int worker) noexcept {
    try {
      for (std::int64_t task = next_++; task < tasks_; task = next_++) body_(task, worker);
    } catch (...) {
      next_ = tasks_;
      if (!failed_.exchange(true)) failure_ = std::current_exception();
    }
  }

  /// Once all workers have left: throws what a task threw.
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::int64_t tasks_;
  Body body_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<bool> failed_{false};
  std::exception_ptr failure_;
};

/// Denormals cost a hundred cycles each and say nothing; every thread must treat them alike, or bits would differ.
void flush_denormals();

}  // namespace cnnctl
