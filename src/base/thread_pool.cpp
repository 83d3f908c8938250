#include "base/thread_pool.hpp"

namespace cnnctl {

ThreadPool::ThreadPool(int count) {
  for (int worker = 1; worker < count; ++worker) threads_.emplace_back([this, worker] { loop(worker); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::run(Region& region) {
  {
    const std::lock_guard lock(mutex_);
    region_ = &region;
    busy_ = static_cast<int>(threads_.size());
    ++generation_;
  }
  wake_.notify_all();
  region.work(0);
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
}

void ThreadPool::loop(int worker) {
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
    region->work(worker);
    {
      const std::lock_guard lock(mutex_);
      --busy_;
    }
    done_.notify_one();
  }
}

}  // namespace cnnctl
