// The workers on plain threads: the second implementation, for ThreadSanitizer, which does not see how oneTBB
// synchronises, and to prove determinism twice.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "base/region.hpp"

namespace cnnctl {

/// Threads that sleep on a condition variable between regions.
class ThreadPool {
 public:
  explicit ThreadPool(int count);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Returns when every task is done; tasks may have thrown (Region::rethrow). One caller at a time.
  void run(Region& region);

 private:
  void loop(int worker);

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Region* region_ = nullptr;
  std::uint64_t generation_ = 0;
  int busy_ = 0;
  bool stop_ = false;
};

}  // namespace cnnctl
