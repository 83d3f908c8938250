// One job at a time on a thread of its own, with workers of its own. Knows no batch.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "base/workers.hpp"

namespace cnnctl {

class Ahead {
 public:
  using Job = std::function<void(const Workers&)>;

  /// The thread begins now and sleeps until there is a job; so do its workers, who must not watch for work as those of
  /// the network do.
  explicit Ahead(int workers);
  /// Waits for the job in hand.
  ~Ahead();
  Ahead(const Ahead&) = delete;
  Ahead& operator=(const Ahead&) = delete;

  /// Begins a job; the one before was finished.
  void start(Job job);
  /// Waits until the job is done; throws what it threw.
  void finish();

 private:
  void loop(int workers);

  std::mutex mutex_;
  std::condition_variable changed_;
  Job job_;  // empty: there is nothing to do
  std::exception_ptr failure_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace cnnctl
