// The workers on oneTBB, and the only door to it. Knows regions; knows nothing of what their tasks do.
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <memory>

#include "base/region.hpp"

namespace cnnctl {

/// Helpers that wait between regions.
///
/// A step of a small network has dozens of regions of some microseconds each, and waking a sleeping thread takes longer
/// than that. So a helper is one long task of oneTBB: it serves regions, then watches for the next one for a
/// millisecond before it returns its thread. With more helpers than processors it does not watch: others need the time.
///
/// A region is open while region_ is not null. A helper counts itself in (inside_), then looks at region_; the caller
/// clears region_, then waits for inside_ to become zero. Both orders are sequentially consistent, so a helper either
/// sees that the region is closed or is waited for.
class Crew {
 public:
  explicit Crew(int count);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Returns when every task is done; tasks may have thrown (Region::rethrow). One caller at a time.
  void run(Region& region);

 private:
  struct alignas(64) Seat {
    std::atomic<bool> taken{false};  // a helper is there, or on its way
  };

  void help(int worker);

  int count_;
  bool watch_;
  std::unique_ptr<tbb::global_control> limit_;  // lifted above the number of processors if more threads are wanted
  tbb::task_arena arena_;
  std::unique_ptr<Seat[]> seats_;                         // by worker; the caller is worker 0
  alignas(64) std::atomic<std::uint64_t> generation_{0};  // of regions: rises when one is opened
  std::atomic<Region*> region_{nullptr};
  std::atomic<bool> stop_{false};
  alignas(64) std::atomic<int> inside_{0};
};

}  // namespace cnnctl
