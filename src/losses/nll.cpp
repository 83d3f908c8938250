// nll - negative log-likelihood of outputs that are log-probabilities, as torch.nn.NLLLoss.
#include <limits>

#include "losses/catalog.hpp"
#include "losses/class_loss.hpp"

namespace cnnctl {
namespace {

/// The loss of a position is the sum of -a_c * x_c.
class Nll final : public ClassLoss {
  std::string_view name() const override { return "nll"; }

  double of_row(std::int64_t width, const real* x, const TargetRow& target, Slope slope) const override {
    double loss = 0;
    for (std::int64_t c = 0; c < width; ++c) {
      const double a = weight(c) * target[c], log_p = static_cast<double>(x[c]);
      if (a != 0)
        loss -= a * log_p;
      else if (!(log_p < std::numeric_limits<double>::infinity()))
        loss = std::numeric_limits<double>::quiet_NaN();  // no probability at all
      if (slope.values != nullptr) slope.values[c] = static_cast<real>(-a * slope.scale);
    }
    return loss;
  }
};

}  // namespace

constexpr Kind<Loss> kNllKind =
    kind_of<Loss, Nll>("nll",
                       "for classes: log-likelihood of outputs that are log-probabilities (log_softmax)\n"
                       "-sum over c of w[c] * t[c] * x[c], x log-probabilities",
                       "{}");

}  // namespace cnnctl
