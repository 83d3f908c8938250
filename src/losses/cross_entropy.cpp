// cross_entropy - softmax and negative log-likelihood in one, on raw outputs, as torch.nn.CrossEntropyLoss.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "kernels/pointwise/softmax_row.hpp"
#include "losses/catalog.hpp"
#include "losses/rows.hpp"

namespace cnnctl {
namespace {

/// With a_c = weight_c * target_c (smoothed) and A their sum, the loss of a position is sum of a_c * (log(sum of e^z) -
/// z_c) and its gradient (A * softmax(z)_c - a_c) / D. D is the sum of the labels' weights over all positions, or their
/// number for soft targets.
class CrossEntropy final : public Loss {
 public:
  void fields(Fields& f) override {
    f.optional("label_smoothing", label_smoothing_, "share of every target spread evenly over all classes", fraction());
    f.optional("class_weights", class_weights_, "one factor a class, in the order of the class names; default: all 1",
               at_least(0));
    const auto positive = [](double weight) { return weight > 0; };
    f.check(class_weights_.empty() || std::any_of(class_weights_.begin(), class_weights_.end(), positive),
            "class_weights", "at least one class weight must be above 0");
  }

  void check(const Shape& output, const TargetSpec& target) const override {
    expect_channels("cross_entropy", output, target);
    if (class_weights_.empty() || static_cast<std::int64_t>(class_weights_.size()) == output.channels()) return;
    throw ShapeError(
        fmt::format("cross_entropy has {} class_weights for {} classes", class_weights_.size(), output.channels()));
  }

  double evaluate(const Workers& workers, ConstView output, const Target& target, std::span<double> per_sample,
                  Slope slope) const override {
    check_batch(output, target, per_sample);
    const std::int64_t width = output.shape.channels(), positions = output.shape.positions();
    const double weights = batch_weight(output, target);
    const double divisor = weights > 0 ? weights : 1;  // ignored classes alone: loss and gradient are 0, not 0 / 0
    const double sum = sum_rows(workers, output, 1, per_sample, [&](std::int64_t first, std::int64_t count) {
      double range = 0;
      for (std::int64_t row = first; row < first + count; ++row) {
        const double own = target.weight_of(row, positions);
        const Slope to{slope.values != nullptr ? slope.values + row * width : nullptr, own * (slope.scale / divisor)};
        range += weighted(own, of_row(width, output.data + row * width, {target, row, width, label_smoothing_}, to));
      }
      return range;
    });
    return sum / divisor;
  }

  double batch_weight(ConstView output, const Target& target) const override {
    const std::int64_t positions = output.shape.positions(), rows = output.n * positions;
    const bool by_class = target.of_classes() && !class_weights_.empty();
    if (!by_class && target.weight.data == nullptr) return static_cast<double>(rows);
    double total = 0;
    for (std::int64_t row = 0; row < rows; ++row)
      total +=
          target.weight_of(row, positions) * (by_class ? weight(target.classes[static_cast<std::size_t>(row)]) : 1);
    return total;
  }

 private:
  double weight(std::int64_t c) const {
    return class_weights_.empty() ? 1.0 : class_weights_[static_cast<std::size_t>(c)];
  }

  double of_row(std::int64_t width, const real* z, const TargetRow& target, Slope slope) const {
    const auto [max, sum] = kernels::row_exponentials(width, z, slope.values);
    const double log_sum = std::log(sum);
    double loss = 0 * log_sum, mass = 0;  // NaN comes through even if no class of the row counts
    for (std::int64_t c = 0; c < width; ++c) {
      const double a = weight(c) * target[c];
      if (a == 0) continue;  // an output of -infinity is no loss where nothing was expected
      mass += a;
      loss += a * (log_sum - (static_cast<double>(z[c]) - max));
    }
    if (slope.values == nullptr) return loss;
    const double share = mass / sum;
    for (std::int64_t c = 0; c < width; ++c) {
      const double exponential = static_cast<double>(slope.values[c]);
      slope.values[c] = static_cast<real>((share * exponential - weight(c) * target[c]) * slope.scale);
    }
    return loss;
  }

  double label_smoothing_ = 0;
  std::vector<double> class_weights_;
};

}  // namespace

constexpr Kind<Loss> kCrossEntropyKind = kind_of<Loss, CrossEntropy>(
    "cross_entropy", "for classes: softmax and log-likelihood of raw outputs", "{label_smoothing: 0.1}");

}  // namespace cnnctl
