#include "data/ahead.hpp"

#include <utility>

#include "base/check.hpp"

namespace cnnctl {

Ahead::Ahead(int workers) : thread_([this, workers] { loop(workers); }) {}

Ahead::~Ahead() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Ahead::start(Job job) {
  {
    const std::lock_guard lock(mutex_);
    CNNCTL_CHECK(!job_);
    job_ = std::move(job);
  }
  changed_.notify_all();
}

void Ahead::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !job_; });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Ahead::loop(int count) {
  const Workers workers(count, Workers::Backend::threads);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || job_; });
    if (!job_) return;
    lock.unlock();
    std::exception_ptr failure;
    try {
      job_(workers);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    failure_ = failure;
    job_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace cnnctl
