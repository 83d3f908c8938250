#include "metrics/class_metric.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "losses/rows.hpp"

namespace cnnctl {

void expect_classes(const Metric& metric, const Shape& output, const TargetSpec& target) {
  if (!target.of_classes()) throw ShapeError(fmt::format("{} needs a target of classes, not of values", metric.name()));
  expect_channels(metric.name(), output, target);
}

bool in_top(std::span<const real> values, std::int32_t label, std::int64_t k) {
  const auto position = static_cast<std::size_t>(label);
  const real own = values[position];
  if (!(own == own)) return false;
  std::int64_t before = 0;
  for (std::size_t i = 0; i < values.size() && before < k; ++i)
    before += values[i] > own || (values[i] == own && i < position);
  return before < k;
}

void CountsMetric::add(ConstView output, const Target& target, std::span<double> sums) const {
  each_row(output, target, [sums](std::span<const real> channels, std::int32_t label, double weight) {
    // A NaN is no guess: max_element would take a leading one for the largest.
    std::size_t guess = channels.size();
    for (std::size_t c = 0; c < channels.size(); ++c)
      if (channels[c] == channels[c] && (guess == channels.size() || channels[c] > channels[guess])) guess = c;
    const auto there = static_cast<std::size_t>(label);
    if (guess == there) sums[3 * there] += weight;
    if (guess < channels.size()) sums[3 * guess + 1] += weight;
    sums[3 * there + 2] += weight;
  });
}

double CountsMetric::value(std::span<const double> sums) const {
  double total = 0, classes = 0;
  for (std::size_t i = 0; i < sums.size(); i += 3) {
    if (sums[i + 1] == 0 && sums[i + 2] == 0) continue;
    total += of_class(sums[i], sums[i + 1], sums[i + 2]);
    ++classes;
  }
  return classes > 0 ? total / classes : 0;
}

}  // namespace cnnctl
