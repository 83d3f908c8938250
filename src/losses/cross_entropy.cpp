// cross_entropy - softmax and negative log-likelihood in one, on raw outputs, as torch.nn.CrossEntropyLoss.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "kernels/pointwise/softmax_row.hpp"
#include "losses/catalog.hpp"
#include "losses/rows.hpp"

namespace cnnctl {
namespace {

/// With a_c = weight_c * target_c (smoothed) and A their sum, a sample's loss is sum of a_c * (log(sum of e^z) - z_c)
/// and its gradient (A * softmax(z)_c - a_c) / D. D is the sum of the labels' weights, or N for soft targets.
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

  void check(const Shape& output, std::int64_t classes) const override {
    expect_one_output_per_class("cross_entropy", output, classes);
    if (class_weights_.empty() || static_cast<std::int64_t>(class_weights_.size()) == output.count()) return;
    throw ShapeError(
        fmt::format("cross_entropy has {} class_weights for {} classes", class_weights_.size(), output.count()));
  }

  double evaluate(const Workers& workers, ConstView output, const Targets& targets, std::span<double> per_sample,
                  real* gradient) const override {
    check_batch(output, targets, per_sample);
    const std::int64_t width = output.shape.count();
    const double weights = batch_weight(targets, output.n);
    const double divisor = weights > 0 ? weights : 1;  // ignored classes alone: loss and gradient are 0, not 0 / 0
    for_each_row(workers, output.n, width, [&](std::int64_t row) {
      const TargetRow target(targets, row, width, label_smoothing_);
      real* const to = gradient != nullptr ? gradient + row * width : nullptr;
      per_sample[static_cast<std::size_t>(row)] = sample(width, output.data + row * width, target, divisor, to);
    });
    return sum_of(per_sample) / divisor;
  }

  double batch_weight(const Targets& targets, std::int64_t n) const override {
    if (class_weights_.empty() || targets.values != nullptr) return static_cast<double>(n);
    double total = 0;
    for (const std::int32_t label : targets.labels) total += weight(label);
    return total;
  }

 private:
  double weight(std::int64_t c) const {
    return class_weights_.empty() ? 1.0 : class_weights_[static_cast<std::size_t>(c)];
  }

  double sample(std::int64_t width, const real* z, const TargetRow& target, double divisor, real* gradient) const {
    const auto [max, sum] = kernels::row_exponentials(width, z, gradient);
    const double log_sum = std::log(sum);
    double loss = 0, mass = 0;
    for (std::int64_t c = 0; c < width; ++c) {
      const double a = weight(c) * target[c];
      if (a == 0) continue;  // an output of -infinity is no loss where nothing was expected
      mass += a;
      loss += a * (log_sum - (static_cast<double>(z[c]) - max));
    }
    if (gradient == nullptr) return loss;
    const double share = mass / sum, scale = 1 / divisor;
    for (std::int64_t c = 0; c < width; ++c)
      gradient[c] = static_cast<real>((share * static_cast<double>(gradient[c]) - weight(c) * target[c]) * scale);
    return loss;
  }

  double label_smoothing_ = 0;
  std::vector<double> class_weights_;
};

}  // namespace

constexpr Kind<Loss> kCrossEntropyKind = kind_of<Loss, CrossEntropy>(
    "cross_entropy", "for classes: softmax and log-likelihood of raw outputs", "{label_smoothing: 0.1}");

}  // namespace cnnctl
