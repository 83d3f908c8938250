// What the losses share: one sample is one row. Knows targets and how rows are cut into tasks; knows no formula.
#pragma once

#include <string_view>

#include "losses/loss.hpp"

namespace cnnctl {

/// The target distribution of one sample: a class number stands for its one-hot row. With smoothing e every value t
/// becomes (1 - e) * t + e / F.
class TargetRow {
 public:
  TargetRow(const Targets& targets, std::int64_t row, std::int64_t width, double smoothing = 0)
      : values_(targets.values != nullptr ? targets.values + row * width : nullptr),
        label_(targets.values != nullptr ? -1 : targets.labels[static_cast<std::size_t>(row)]),
        keep_(1 - smoothing),
        share_(smoothing / static_cast<double>(width)) {}

  double operator[](std::int64_t i) const {
    const double t = values_ != nullptr ? static_cast<double>(values_[i]) : (i == label_ ? 1.0 : 0.0);
    return keep_ * t + share_;
  }

 private:
  const real* values_;
  std::int64_t label_;
  double keep_, share_;
};

/// Fails a CHECK unless targets and room fit a batch of `output`: programmers' mistakes, not users'.
void check_batch(ConstView output, const Targets& targets, std::span<const double> per_sample);

/// Throws ShapeError unless there is one output for each class: "cross_entropy needs ...".
void expect_one_output_per_class(std::string_view loss, const Shape& output, std::int64_t classes);

/// Calls body(row) for every row, several rows a task, cut by shape alone.
void for_each_row(const Workers& workers, std::int64_t rows, std::int64_t width,
                  FunctionRef<void(std::int64_t row)> body);

/// Sum in order.
double sum_of(std::span<const double> values);

}  // namespace cnnctl
