#include "optim/update.hpp"

#include <algorithm>

namespace cnnctl {
namespace {
/// Values of a range. Small enough for several workers to have equal shares of a small layer, in the order in which its
/// gradient was written: then each finds its share in its cache.
constexpr std::int64_t kRange = 4096;
}  // namespace

void for_each_range(const Step& step, FunctionRef<void(std::int64_t, std::int64_t, bool)> body) {
  const auto common = [&](const Segment& segment) {
    const std::int64_t begin = std::max(segment.begin, step.gradients.begin);
    return Segment{begin, std::max(begin, std::min(segment.end, step.gradients.end)), segment.decay};
  };
  const auto tasks_of = [](const Segment& segment) { return pieces(segment.end - segment.begin, kRange); };
  std::int64_t tasks = 0, values = 0;
  for (const Segment& segment : step.segments) {
    tasks += tasks_of(common(segment));
    values += common(segment).end - common(segment).begin;
  }
  const auto update = [&](std::int64_t task, int) {
    for (const Segment& whole : step.segments) {
      const Segment segment = common(whole);
      const std::int64_t here = tasks_of(segment);
      if (task < here) {
        const std::int64_t begin = segment.begin + task * kRange;
        body(begin, std::min(begin + kRange, segment.end), segment.decay);
        return;
      }
      task -= here;
    }
  };
  if (values > kRange) return step.workers.run(tasks, update);
  for (std::int64_t task = 0; task < tasks; ++task) update(task, 0);  // faster than to wake the others
}

}  // namespace cnnctl
