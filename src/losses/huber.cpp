// huber - squared near the target, absolute further away, as torch.nn.HuberLoss.
// Huber, "Robust estimation of a location parameter", 1964.
#include "losses/catalog.hpp"
#include "losses/value_loss.hpp"

namespace cnnctl {
namespace {

class Huber final : public ValueLoss<Huber> {
 public:
  static constexpr std::string_view kName = "huber";

  void fields(Fields& f) override {
    f.shorthand("delta");
    f.optional("delta", delta_, "error from which on it is a line", Limits{.low = 0, .high = 1e9, .low_open = true});
  }

  Point at(double x, double t, std::int64_t) const {
    const double e = x - t, size = std::abs(e);
    if (size <= delta_) return {0.5 * e * e, e};
    return {delta_ * (size - 0.5 * delta_), e > 0 ? delta_ : -delta_};
  }

 private:
  double delta_ = 1;
};

}  // namespace

constexpr Kind<Loss> kHuberKind =
    kind_of<Loss, Huber>("huber",
                         "half the squared error near the target, absolute error further away, slope delta there\n"
                         "mean of 0.5 * d^2 for |d| < delta, else delta * (|d| - 0.5 * delta), d = x - t\n"
                         "Huber, \"Robust estimation of a location parameter\", 1964",
                         "{delta: 0.5}");

}  // namespace cnnctl
