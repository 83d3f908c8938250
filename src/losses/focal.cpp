// focal - cross-entropy that turns away from what is known well already.
// Lin, Goyal, Girshick, He and Dollar, "Focal loss for dense object detection", ICCV 2017, with softmax over the
// classes.
#include <cmath>

#include "kernels/pointwise/softmax_row.hpp"
#include "losses/catalog.hpp"
#include "losses/class_loss.hpp"

namespace cnnctl {
namespace {

/// The loss of a position is the sum of a_c * (1 - p_c)^gamma * -log p_c, p = softmax(z); with
/// g_c = a_c * (gamma * p_c * (1 - p_c)^(gamma - 1) * log p_c - (1 - p_c)^gamma) its gradient is
/// g_c - p_c * (sum of all g).
class Focal final : public ClassLoss {
 public:
  void fields(Fields& f) override {
    f.optional("gamma", gamma_, "how far it turns away; 0: cross_entropy", between(0, 20));
    ClassLoss::fields(f);
  }

 private:
  std::string_view name() const override { return "focal"; }

  double of_row(std::int64_t width, const real* z, const TargetRow& target, Slope slope) const override {
    const auto [max, sum] = kernels::row_exponentials(width, z, slope.values);
    const double log_sum = std::log(sum);
    double loss = 0 * log_sum, all = 0;  // NaN comes through even if no class of the row counts
    for (std::int64_t c = 0; c < width; ++c) {
      const double a = weight(c) * target[c];
      if (a == 0) continue;
      const Term term = term_of(static_cast<double>(z[c]) - max - log_sum);
      loss += a * term.loss;
      all += a * term.slope;
    }
    if (slope.values == nullptr) return loss;
    for (std::int64_t c = 0; c < width; ++c) {
      const double a = weight(c) * target[c], p = static_cast<double>(slope.values[c]) / sum;
      const double own = a == 0 ? 0 : a * term_of(static_cast<double>(z[c]) - max - log_sum).slope;
      slope.values[c] = static_cast<real>((own - p * all) * slope.scale);
    }
    return loss;
  }

  struct Term {
    double loss, slope;  // slope: d(loss)/dp * p
  };
  Term term_of(double log_p) const {
    const double rest = -std::expm1(log_p);  // 1 - p
    if (rest <= 0) return {gamma_ > 0 ? 0 : -log_p, gamma_ > 0 ? 0.0 : -1.0};
    const double power = std::pow(rest, gamma_);
    return {-power * log_p, gamma_ * std::exp(log_p) * (power / rest) * (log_p < -1e300 ? 0 : log_p) - power};
  }

  double gamma_ = 2;
};

}  // namespace

constexpr Kind<Loss> kFocalKind =
    kind_of<Loss, Focal>("focal",
                         "for classes: cross-entropy with less weight on what is known well already\n"
                         "-sum over c of w[c] * t[c] * (1 - p[c])^gamma * log p[c], p = softmax(x)\n"
                         "Lin et al., \"Focal loss for dense object detection\", ICCV 2017",
                         "{gamma: 2}");

}  // namespace cnnctl
