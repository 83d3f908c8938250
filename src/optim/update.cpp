#include "optim/update.hpp"

#include <algorithm>

namespace cnnctl {
namespace {
constexpr std::int64_t kRange = 16384;  // values, gradients and two states of a range stay in a 256 KB cache
}

void for_each_range(const Step& step, FunctionRef<void(std::int64_t, std::int64_t, bool)> body) {
  std::int64_t tasks = 0;
  for (const Segment& segment : step.segments) tasks += pieces(segment.end - segment.begin, kRange);
  step.workers.run(tasks, [&](std::int64_t task, int) {
    for (const Segment& segment : step.segments) {
      const std::int64_t here = pieces(segment.end - segment.begin, kRange);
      if (task < here) {
        const std::int64_t begin = segment.begin + task * kRange;
        body(begin, std::min(begin + kRange, segment.end), segment.decay);
        return;
      }
      task -= here;
    }
  });
}

}  // namespace cnnctl
