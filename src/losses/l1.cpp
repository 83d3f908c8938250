// l1 - mean absolute error over all values, as torch.nn.L1Loss.
#include "losses/catalog.hpp"
#include "losses/value_loss.hpp"

namespace cnnctl {
namespace {

class L1 final : public ValueLoss<L1> {
 public:
  static constexpr std::string_view kName = "l1";

  void fields(Fields&) override {}

  Point at(double x, double t, std::int64_t) const {
    const double e = x - t;
    return {std::abs(e), e > 0 ? 1.0 : e < 0 ? -1.0 : 0.0};
  }
};

}  // namespace

constexpr Kind<Loss> kL1Kind =
    kind_of<Loss, L1>("l1",
                      "mean absolute error over all values: outliers count less than in mse\n"
                      "mean of |x - t|",
                      "");

}  // namespace cnnctl
