#include "optim/update.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "kernels/pointwise/reduce.hpp"

namespace cnnctl {
namespace {

/// Values of a task. Small enough for several workers to have equal shares of a small layer, in the order in which its
/// gradient was written: then each finds its share in its cache.
constexpr std::int64_t kRange = 4096;

using Segments = std::span<const Segment>;

/// How many of the segments, from the first on, stand side by side and are treated alike; those that begin at `end` or
/// behind it do not count.
std::size_t length_of_run(Segments segments, std::int64_t end) {
  std::size_t length = 1;
  while (length < segments.size() && segments[length].begin < end &&
         segments[length].begin == segments[length - 1].end && segments[length].treated_as(segments[0]))
    ++length;
  return length;
}

/// The parameters of which the step has gradients.
Segments parameters_in(const Step& step) {
  const auto ends_before = [](const Segment& segment, std::int64_t position) { return segment.end <= position; };
  const auto begins_before = [](const Segment& segment, std::int64_t position) { return segment.begin < position; };
  const auto first = std::lower_bound(step.segments.begin(), step.segments.end(), step.gradients.begin, ends_before);
  return {first, std::lower_bound(first, step.segments.end(), step.gradients.end, begins_before)};
}

}  // namespace

Segments parameters_of(const Step& step) {
  const Segments found = parameters_in(step);
  CNNCTL_CHECK(found.empty() ||
               (found.front().begin >= step.gradients.begin && found.back().end <= step.gradients.end));
  return found;
}

void for_each_range(const Step& step, FunctionRef<void(std::int64_t, std::int64_t, const Segment&)> body) {
  const Segments parameters = parameters_in(step);
  if (parameters.empty()) return;
  const std::int64_t first = std::max(parameters.front().begin, step.gradients.begin),
                     last = std::min(parameters.back().end, step.gradients.end);
  const auto update = [&](std::int64_t task, int) {
    const std::int64_t begin = first + task * kRange, end = std::min(begin + kRange, last);
    const auto at = std::upper_bound(parameters.begin(), parameters.end(), begin,
                                     [](std::int64_t position, const Segment& s) { return position < s.end; });
    for (Segments rest(at, parameters.end()); !rest.empty() && rest[0].begin < end;) {
      const std::size_t length = length_of_run(rest, end);
      body(std::max(begin, rest[0].begin), std::min(end, rest[length - 1].end), rest[0]);
      rest = rest.subspan(length);
    }
  };
  const std::int64_t tasks = pieces(last - first, kRange);
  if (tasks > 1) return step.workers.run(tasks, update);
  update(0, 0);  // faster than to wake the others
}

void for_each_range(const Workers& workers, const Segment& parameter,
                    FunctionRef<void(std::int64_t, std::int64_t)> body) {
  workers.run(pieces(parameter.end - parameter.begin, kRange), [&](std::int64_t task, int) {
    const std::int64_t begin = parameter.begin + task * kRange;
    body(begin, std::min(begin + kRange, parameter.end));
  });
}

double norm_of(const Workers& workers, const Segment& parameter, const real* values) {
  return std::sqrt(kernels::sum_of_squares(workers, parameter.end - parameter.begin, values));
}

double trust_ratio(const Segment& parameter, double norm, double change) {
  return parameter.decay != 0 && norm > 0 && change > 0 ? norm / change : 1;
}

}  // namespace cnnctl
