// What the losses share: one position of one sample is one row of channels. Knows targets and how rows are cut into
// tasks; knows no formula.
#pragma once

#include <limits>
#include <optional>
#include <string_view>

#include "losses/loss.hpp"

namespace cnnctl {

/// The target distribution of one row: a class number stands for its one-hot row, two of them for two such rows in
/// their shares. With smoothing e every value t becomes (1 - e) * t + e / C.
class TargetRow {
 public:
  TargetRow(const Target& target, std::int64_t row, std::int64_t width, double smoothing = 0)
      : values_(target.of_classes() ? nullptr : target.values.data + row * width),
        label_(target.of_classes() ? target.classes[static_cast<std::size_t>(row)] : -1),
        other_(target.others.empty() ? -1 : target.others[static_cast<std::size_t>(row)]),
        own_(target.others.empty() ? 1 : target.share),
        keep_(1 - smoothing),
        share_(smoothing / static_cast<double>(width)) {}

  double operator[](std::int64_t i) const {
    if (values_ != nullptr) return keep_ * static_cast<double>(values_[i]) + share_;
    const double t = (i == label_ ? own_ : 0.0) + (i == other_ ? 1 - own_ : 0.0);
    return keep_ * t + share_;
  }

 private:
  const real* values_;
  std::int64_t label_, other_;
  double own_, keep_, share_;
};

/// Fails a CHECK unless target and room fit a batch of `output`: programmers' mistakes, not users'. Throws DataError
/// for a class that the output has no channel for, unless it is `ignored`.
void check_batch(ConstView output, const Target& target, std::span<const double> per_sample,
                 std::optional<std::int64_t> ignored = {});

/// Throws ShapeError unless the target says of each position of the output what its channels should be, by a class or
/// by values: "cross_entropy needs ...".
void expect_channels(std::string_view loss, const Shape& output, const TargetSpec& target);

/// own * loss, where a row that does not count adds nothing even if what was expected of it is impossible and its loss
/// infinite. NaN comes through.
inline double weighted(double own, double loss) {
  return own == 0 && loss == std::numeric_limits<double>::infinity() ? 0 : own * loss;
}

/// Sums a loss over the rows of a batch. body(first, count) sums that of `count` rows of one sample; how the rows are
/// cut into such ranges and into tasks follows from the output's shape alone. Writes each sample's sum divided by
/// `divisor` to per_sample, and returns the sum of these in order.
double sum_rows(const Workers& workers, ConstView output, double divisor, std::span<double> per_sample,
                FunctionRef<double(std::int64_t first, std::int64_t count)> body);

}  // namespace cnnctl
