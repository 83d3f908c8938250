// What the metrics of values share: the mean of some error over all values. Knows how values are counted; knows no
// error.
#pragma once

#include "metrics/metric.hpp"

namespace cnnctl {

/// Keeps two sums: the errors, and how many values there were; both by weight.
class ErrorMetric : public Metric {
 public:
  bool is_share() const final { return false; }
  /// Throws ShapeError unless the target is values of the output's shape.
  void check(const Shape& output, const TargetSpec& target) const final;
  std::int64_t sums(const Shape&) const final { return 2; }
  void add(ConstView output, const Target& target, std::span<double> sums) const final;
  double value(std::span<const double> sums) const final { return sums[1] > 0 ? of_mean(sums[0] / sums[1]) : 0; }

 private:
  /// The sum over `count` values.
  virtual double error(std::int64_t count, const real* output, const real* target) const = 0;
  /// The metric, from the mean of the error.
  virtual double of_mean(double mean) const { return mean; }
};

/// The sum of the squares of what the two differ by.
double squared_error(std::int64_t count, const real* a, const real* b);

}  // namespace cnnctl
