// One parallel region: the tasks that workers share out among themselves. Knows no threads.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>

#include "base/workers.hpp"

namespace cnnctl {

/// Each worker has a share of consecutive tasks and begins there, so that regions over the same data find it in the
/// caches of the same processors; who has finished helps the others. Which worker gets which task thus depends on the
/// moment, but nothing else does.
class Region {
 public:
  using Body = FunctionRef<void(std::int64_t, int)>;

  Region(std::int64_t tasks, int workers, Body body)
      : tasks_(tasks), shares_(std::min<std::int64_t>({workers, tasks, kMostShares})), body_(body) {
    for (std::int64_t i = 0; i < shares_; ++i) {
      share(i).next = tasks * i / shares_;
      share(i).end = tasks * (i + 1) / shares_;
    }
  }

  std::int64_t tasks() const { return tasks_; }

  /// Runs tasks as long as there are any. After an exception, which is kept, no further task begins.
  void work(int worker) noexcept {
    try {
      for (std::int64_t i = 0; i < shares_; ++i) {
        Share& from = share((worker + i) % shares_);
        for (std::int64_t task = from.next++; task < from.end; task = from.next++) body_(task, worker);
      }
    } catch (...) {
      for (std::int64_t i = 0; i < shares_; ++i) share(i).next = tasks_;
      if (!failed_.exchange(true)) failure_ = std::current_exception();
    }
  }

  /// Once all workers have left: throws what a task threw.
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static constexpr std::int64_t kMostShares = 64;  // further workers begin in those of others

  struct alignas(64) Share {
    std::atomic<std::int64_t> next;
    std::int64_t end;
  };
  Share& share(std::int64_t i) { return all_[static_cast<std::size_t>(i)]; }

  std::int64_t tasks_, shares_;
  Body body_;
  std::array<Share, kMostShares> all_;
  std::atomic<bool> failed_{false};
  std::exception_ptr failure_;
};

/// Denormals cost a hundred cycles each and say nothing; every thread must treat them alike, or bits would differ.
void flush_denormals();

}  // namespace cnnctl
