// cross_entropy - softmax and negative log-likelihood in one, on raw outputs, as torch.nn.CrossEntropyLoss.
#include <cmath>

#include "kernels/pointwise/softmax_row.hpp"
#include "losses/catalog.hpp"
#include "losses/class_loss.hpp"

namespace cnnctl {
namespace {

/// With A the sum of all a_c the loss of a position is sum of a_c * (log(sum of e^z) - z_c) and its gradient
/// A * softmax(z)_c - a_c.
class CrossEntropy final : public ClassLoss {
  std::string_view name() const override { return "cross_entropy"; }

  double of_row(std::int64_t width, const real* z, const TargetRow& target, Slope slope) const override {
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
};

}  // namespace

constexpr Kind<Loss> kCrossEntropyKind = kind_of<Loss, CrossEntropy>(
    "cross_entropy",
    "for classes: softmax and log-likelihood of raw outputs\n"
    "-sum over c of w[c] * t[c] * log softmax(x)[c], t one-hot or soft, smoothed to (1-e) t + e/C\n"
    "Szegedy et al., \"Rethinking the inception architecture\", CVPR 2016 (smoothing)",
    "{label_smoothing: 0.1}");

}  // namespace cnnctl
