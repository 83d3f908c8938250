#include "base/workers.hpp"

#include <algorithm>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/check.hpp"
#include "base/crew.hpp"
#include "base/thread_pool.hpp"

namespace cnnctl {

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

struct Workers::Pool {
  std::unique_ptr<Crew> crew;
  std::unique_ptr<ThreadPool> threads;
};

Workers::Workers(int count, Backend backend) : count_(count), pool_(std::make_unique<Pool>()) {
  CNNCTL_CHECK(count >= 1);
#if defined(__SANITIZE_THREAD__)
  backend = Backend::threads;  // ThreadSanitizer does not see how oneTBB synchronises: it would report every task
#endif
  flush_denormals();  // before the crew is made: its threads take over the mode of this one
  if (count == 1) return;
  if (backend == Backend::threads)
    pool_->threads = std::make_unique<ThreadPool>(count);
  else
    pool_->crew = std::make_unique<Crew>(count);
}

Workers::Workers(Alone alone) : count_(1), self_(alone.worker) {}

Workers::~Workers() = default;

void Workers::run(std::int64_t tasks, FunctionRef<void(std::int64_t, int)> body) const {
  if (tasks <= 1 || count_ == 1) {
    for (std::int64_t task = 0; task < tasks; ++task) body(task, self_);
    return;
  }
  Region region(tasks, count_, body);
  if (pool_->threads)
    pool_->threads->run(region);
  else
    pool_->crew->run(region);
  region.rethrow();
}

}  // namespace cnnctl
