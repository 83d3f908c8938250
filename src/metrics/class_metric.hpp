// What the metrics of classes share: a class for each sample, or for each position of it, is guessed by the channels of
// the output there. Knows rows; knows no formula.
#pragma once

#include "metrics/metric.hpp"

namespace cnnctl {

/// Throws ShapeError unless the target is classes and the output has a channel for each: "top1 needs ...".
void expect_classes(const Metric& metric, const Shape& output, const TargetSpec& target);

/// Calls use(channels, label, weight) for each position of each sample, in order.
template <class Use>
void each_row(ConstView output, const Target& target, const Use& use) {
  const std::int64_t width = output.shape.channels(), positions = output.shape.positions();
  for (std::int64_t row = 0; row < output.n * positions; ++row) {
    const std::span<const real> channels(output.data + row * width, static_cast<std::size_t>(width));
    use(channels, target.classes[static_cast<std::size_t>(row)], target.weight_of(row, positions));
  }
}

/// True if fewer than k values stand before the label's, by size; of equals the lower class stands first. A label whose
/// value is not a number is never among them.
bool in_top(std::span<const real> values, std::int32_t label, std::int64_t k);

/// A metric that follows from three counts of each class, averaged over the classes that occur: the "macro" average of
/// scikit-learn over the labels that are in the targets or in the guesses.
class CountsMetric : public Metric {
 public:
  bool larger_is_better() const final { return true; }
  bool is_share() const final { return true; }
  void check(const Shape& output, const TargetSpec& target) const final { expect_classes(*this, output, target); }
  std::int64_t sums(const Shape& output) const final { return 3 * output.channels(); }
  void add(ConstView output, const Target& target, std::span<double> sums) const final;
  double value(std::span<const double> sums) const final;

 private:
  /// Of one class: how many were guessed rightly, guessed at all, and there.
  virtual double of_class(double right, double guessed, double there) const = 0;
};

}  // namespace cnnctl
