#include "metrics/value_metric.hpp"

#include <fmt/format.h>

#include "losses/rows.hpp"

namespace cnnctl {

void ErrorMetric::check(const Shape& output, const TargetSpec& target) const {
  if (target.of_classes()) throw ShapeError(fmt::format("{} needs a target of values, not of classes", name()));
  expect_channels(name(), output, target);
}

void ErrorMetric::add(ConstView output, const Target& target, std::span<double> sums) const {
  const std::int64_t positions = output.shape.positions();
  const std::int64_t width = target.weight.shape.count() == positions ? output.shape.channels() : output.shape.count();
  const std::int64_t rows = output.count() / width;  // of equal weight each
  for (std::int64_t row = 0; row < rows; ++row) {
    const double weight = target.weight_of(row, rows / output.n);
    sums[0] += weight * error(width, output.data + row * width, target.values.data + row * width);
    sums[1] += weight * static_cast<double>(width);
  }
}

double squared_error(std::int64_t count, const real* a, const real* b) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

}  // namespace cnnctl
