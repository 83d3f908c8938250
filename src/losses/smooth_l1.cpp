// smooth_l1 - squared near the target, absolute further away, as torch.nn.SmoothL1Loss.
// Girshick, "Fast R-CNN", ICCV 2015, equation 3.
#include "losses/catalog.hpp"
#include "losses/value_loss.hpp"

namespace cnnctl {
namespace {

class SmoothL1 final : public ValueLoss<SmoothL1> {
 public:
  static constexpr std::string_view kName = "smooth_l1";

  void fields(Fields& f) override {
    f.shorthand("beta");
    f.optional("beta", beta_, "error from which on it is a line; 0: l1", Limits{.low = 0, .high = 1e9});
  }

  Point at(double x, double t, std::int64_t) const {
    const double e = x - t, size = std::abs(e);
    if (size < beta_) return {0.5 * e * e / beta_, e / beta_};
    return {size - 0.5 * beta_, e > 0 ? 1.0 : e < 0 ? -1.0 : 0.0};
  }

 private:
  double beta_ = 1;
};

}  // namespace

constexpr Kind<Loss> kSmoothL1Kind =
    kind_of<Loss, SmoothL1>("smooth_l1",
                            "squared error near the target, absolute error further away, slope 1 there\n"
                            "mean of 0.5 * d^2 / beta for |d| < beta, else |d| - 0.5 * beta, d = x - t\n"
                            "Girshick, \"Fast R-CNN\", ICCV 2015",
                            "{beta: 0.5}");

}  // namespace cnnctl
