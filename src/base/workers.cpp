#include "base/workers.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/check.hpp"

namespace cnnctl {
namespace {

/// Denormals cost a hundred cycles each and say nothing; every thread must treat them alike, or bits would differ.
void flush_denormals() {
#if defined(__x86_64__)
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
  _mm_setcsr(_mm_getcsr() | 0x0040u);  // DAZ
#elif defined(__aarch64__)
  std::uint64_t fpcr = 0;
  asm volatile("mrs %0, fpcr" : "=r"(fpcr));
  asm volatile("msr fpcr, %0" : : "r"(fpcr | (std::uint64_t{1} << 24)));
#endif
}

using Body = FunctionRef<void(std::int64_t, int)>;

/// One parallel region. Workers draw tasks from a counter: which worker gets which task depends on the moment, but
/// nothing else does.
struct Region {
  std::int64_t tasks;
  Body body;
  std::atomic<std::int64_t> next{0};

  void work(int worker) {
    for (std::int64_t task = next++; task < tasks; task = next++) body(task, worker);
  }
};

/// The second implementation: plain threads that sleep on a condition variable between regions.
class Threads {
 public:
  explicit Threads(int count) {
    for (int worker = 1; worker < count; ++worker) threads_.emplace_back([this, worker] { loop(worker); });
  }

  ~Threads() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void run(Region& region) {
    {
      const std::lock_guard lock(mutex_);
      region_ = &region;
      busy_ = static_cast<int>(threads_.size());
      failure_ = nullptr;
      ++generation_;
    }
    wake_.notify_all();
    attempt(region, 0);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void attempt(Region& region, int worker) {
    try {
      region.work(worker);
    } catch (...) {
      region.next = region.tasks;
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }

  void loop(int worker) {
    flush_denormals();
    for (std::uint64_t seen = 0;;) {
      Region* region = nullptr;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stop_ || generation_ != seen; });
        if (stop_) return;
        seen = generation_;
        region = region_;
      }
      attempt(*region, worker);
      {
        const std::lock_guard lock(mutex_);
        --busy_;
      }
      done_.notify_one();
    }
  }

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Region* region_ = nullptr;
  std::exception_ptr failure_;
  std::uint64_t generation_ = 0;
  int busy_ = 0;
  bool stop_ = false;
};

/// Processors granted by a cgroup v2 quota ("max 100000" or "150000 100000"), or a large number without one.
int cgroup_quota() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  constexpr int kNone = 1 << 20;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return kNone;
  double microseconds = 0;
  if (std::sscanf(quota.c_str(), "%lf", &microseconds) != 1) return kNone;
  return std::max(1, static_cast<int>(microseconds / period + 0.5));
}

}  // namespace

struct Workers::Pool {
  std::unique_ptr<tbb::global_control> limit;  // lifted above the number of processors if more threads are wanted
  std::unique_ptr<tbb::task_arena> arena;
  std::unique_ptr<Threads> threads;
};

Workers::Workers(int count, Backend backend) : count_(count), pool_(std::make_unique<Pool>()) {
  CNNCTL_CHECK(count >= 1);
#if defined(__SANITIZE_THREAD__)
  backend = Backend::threads;  // ThreadSanitizer does not see how oneTBB synchronises: it would report every task
#endif
  flush_denormals();  // before the arena is made: oneTBB hands the creator's mode to its workers
  if (backend == Backend::threads) {
    pool_->threads = std::make_unique<Threads>(count);
    return;
  }
  constexpr auto kLimit = tbb::global_control::max_allowed_parallelism;
  const auto wanted = static_cast<std::size_t>(count);
  if (wanted > tbb::global_control::active_value(kLimit))
    pool_->limit = std::make_unique<tbb::global_control>(kLimit, wanted);
  pool_->arena = std::make_unique<tbb::task_arena>(count);
}

Workers::~Workers() = default;

void Workers::run(std::int64_t tasks, Body body) const {
  if (tasks <= 1 || count_ == 1) {
    for (std::int64_t task = 0; task < tasks; ++task) body(task, 0);
    return;
  }
  Region region{tasks, body};
  if (pool_->threads) {
    pool_->threads->run(region);
    return;
  }
  const int loops = static_cast<int>(std::min<std::int64_t>(count_, tasks));
  pool_->arena->execute([&] {
    tbb::parallel_for(
        0, loops, 1, [&](int worker) { region.work(worker); }, tbb::simple_partitioner{});
  });
}

int Workers::available() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int affinity = sched_getaffinity(0, sizeof set, &set) == 0
                           ? CPU_COUNT(&set)
                           : static_cast<int>(std::thread::hardware_concurrency());
  return std::max(1, std::min(affinity, cgroup_quota()));
}

}  // namespace cnnctl
