// What the losses share that judge each value by itself: the mean over all values. Knows values; knows no formula.
#pragma once

#include <cmath>
#include <string_view>

#include "losses/rows.hpp"

namespace cnnctl {

/// `Own` has kName and at(x, t, channel), the loss of an output x towards t and its slope in x. Class numbers stand for
/// their one-hot rows, so that these losses also train classifiers.
template <class Own>
class ValueLoss : public Loss {
 public:
  struct Point {
    double loss, slope;
  };

  void check(const Shape& output, const TargetSpec& target) const override {
    expect_channels(Own::kName, output, target);
  }

  double evaluate(const Workers& workers, ConstView output, const Target& target, std::span<double> per_sample,
                  Slope slope) const final {
    check_batch(output, target, per_sample);
    const std::int64_t width = output.shape.channels(), positions = output.shape.positions();
    const auto values = static_cast<double>(output.shape.count());
    const double weights = batch_weight(output, target);
    const double divisor = weights > 0 ? weights : 1;
    const double steepness = slope.scale / (divisor * values);
    const double sum = sum_rows(workers, output, values, per_sample, [&](std::int64_t first, std::int64_t count) {
      double range = 0;
      for (std::int64_t row = first; row < first + count; ++row) {
        const double own = target.weight_of(row, positions);
        const Slope to{slope.values != nullptr ? slope.values + row * width : nullptr, own * steepness};
        range += own * of_row(width, output.data + row * width, {target, row, width}, to);
      }
      return range;
    });
    return sum / divisor;
  }

 private:
  double of_row(std::int64_t width, const real* x, const TargetRow& target, Slope slope) const {
    double sum = 0;
    for (std::int64_t i = 0; i < width; ++i) {
      const Point point = static_cast<const Own*>(this)->at(static_cast<double>(x[i]), target[i], i);
      sum += point.loss;
      if (slope.values != nullptr) slope.values[i] = static_cast<real>(slope.scale * point.slope);
    }
    return sum;
  }
};

}  // namespace cnnctl
