#include "base/crew.hpp"

#include <oneapi/tbb/version.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/processors.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace cnnctl {
namespace {

void pause_briefly() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits for a condition that another processor will bring about soon; gives the processor away if it takes longer.
template <class Condition>
void spin_until(const Condition& holds) {
  constexpr int kPauses = 4096;
  for (int i = 0; !holds(); ++i) {
    if (i < kPauses)
      pause_briefly();
    else
      std::this_thread::yield();
  }
}

/// For how long a helper without work watches for the next region.
class Patience {
 public:
  bool exhausted() {
    constexpr int kPausesPerLook = 32;
    constexpr std::chrono::microseconds kLongest{1000};
    if (++pauses_ % kPausesPerLook != 0) return false;
    const auto now = std::chrono::steady_clock::now();
    if (pauses_ == kPausesPerLook) begin_ = now;
    return now - begin_ > kLongest;
  }

 private:
  int pauses_ = 0;
  std::chrono::steady_clock::time_point begin_;
};

std::unique_ptr<tbb::global_control> limit_for(int count) {
  constexpr auto kLimit = tbb::global_control::max_allowed_parallelism;
  const auto wanted = static_cast<std::size_t>(count);
  if (wanted <= tbb::global_control::active_value(kLimit)) return nullptr;
  return std::make_unique<tbb::global_control>(kLimit, wanted);
}

}  // namespace

Crew::Crew(int count)
    : count_(count),
      watch_(count <= available_processors()),
      limit_(limit_for(count)),
      arena_(count),
      seats_(std::make_unique<Seat[]>(static_cast<std::size_t>(count))) {
  arena_.initialize();  // now: it hands the floating-point mode of this thread to its workers
}

Crew::~Crew() {
  stop_ = true;
  for (int worker = 1; worker < count_; ++worker)
    spin_until([&] { return !seats_[static_cast<std::size_t>(worker)].taken; });
}

void Crew::run(Region& region) {
  region_ = &region;
  ++generation_;
  const int wanted = static_cast<int>(std::min<std::int64_t>(count_, region.tasks()));
  for (int worker = 1; worker < wanted; ++worker)
    if (!seats_[static_cast<std::size_t>(worker)].taken.exchange(true))
      arena_.enqueue([this, worker] { help(worker); });
  region.work(0);
  region_ = nullptr;
  spin_until([this] { return inside_ == 0; });
}

void Crew::help(int worker) {
  std::uint64_t served = 0;
  for (Patience patience; !stop_;) {
    if (const std::uint64_t generation = generation_; generation != served) {
      served = generation;
      ++inside_;
      if (Region* region = region_) region->work(worker);
      --inside_;
      patience = {};
      continue;
    }
    if (!watch_ || patience.exhausted()) break;
    pause_briefly();
  }
  seats_[static_cast<std::size_t>(worker)].taken = false;
}

std::string threading_library() { return std::string("oneTBB ") + TBB_runtime_version(); }

}  // namespace cnnctl
