// What the losses share that weigh classes: fields, the mean over a batch. Knows rows of channels; knows no formula.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "losses/rows.hpp"

namespace cnnctl {

/// The loss of a position is a sum over its classes c with factors a_c = weight_c * target_c (smoothed). The mean
/// divides by the sum of the labels' weights over all positions, or by their number for soft targets, those of
/// mixed samples among them, as torch.nn.CrossEntropyLoss does. Positions of the class `ignore_index` neither add nor
/// count, nor do those that are mixed with it.
class ClassLoss : public Loss {
 public:
  void fields(Fields& f) override;
  void check(const Shape& output, const TargetSpec& target) const final;
  double evaluate(const Workers& workers, ConstView output, const Target& target, std::span<double> per_sample,
                  Slope slope) const final;
  double batch_weight(ConstView output, const Target& target) const final;

 protected:
  virtual std::string_view name() const = 0;
  /// Of one row of `width` channels: the loss, and slope.scale * d(loss)/dx to slope.values where that is not null.
  virtual double of_row(std::int64_t width, const real* x, const TargetRow& target, Slope slope) const = 0;

  double weight(std::int64_t c) const {
    return class_weights_.empty() ? 1.0 : class_weights_[static_cast<std::size_t>(c)];
  }

 private:
  bool ignores(const Target& target, std::int64_t row) const {
    if (!ignore_index_ || !target.of_classes()) return false;
    const auto i = static_cast<std::size_t>(row);
    return target.classes[i] == *ignore_index_ || (!target.others.empty() && target.others[i] == *ignore_index_);
  }
  double label_smoothing_ = 0;
  std::vector<double> class_weights_;
  std::optional<std::int64_t> ignore_index_;
};

}  // namespace cnnctl
