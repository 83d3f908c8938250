// What is measured over samples: mean loss, top-1 and top-5. Sums are taken in sample order, in double.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tensor/tensor.hpp"

namespace cnnctl {

/// Results over a set of samples; shares are in 0..1.
struct Metrics {
  std::int64_t samples = 0;
  double loss = 0;  // mean over the samples, by their weights where the loss has any
  double top1 = 0;
  std::optional<double> top5;  // only with more than five classes
};

/// True if fewer than k outputs stand before the label's, by value; of equals the lower class stands first. A label
/// whose output is not a number is never among them.
bool in_top(std::span<const real> outputs, std::int32_t label, int k);

/// Adds up batches.
class Meter {
 public:
  Meter() = default;
  /// Goes on from sums that were kept, those of a resumed epoch.
  Meter(double loss_sum, double loss_weight, std::int64_t correct, std::int64_t seen)
      : loss_sum_(loss_sum), loss_weight_(loss_weight), top1_(correct), seen_(seen) {}

  /// Adds one batch: its mean loss, what that mean counts (Loss::batch_weight), its outputs (n, F) and its labels (n).
  void add(double mean_loss, double weight, ConstView outputs, std::span<const std::int32_t> labels);

  double loss_sum() const { return loss_sum_; }
  double loss_weight() const { return loss_weight_; }
  std::int64_t correct() const { return top1_; }
  std::int64_t seen() const { return seen_; }
  Metrics result() const;

 private:
  double loss_sum_ = 0, loss_weight_ = 0;
  std::int64_t top1_ = 0, top5_ = 0, seen_ = 0;
  bool has_top5_ = false;
};

}  // namespace cnnctl
