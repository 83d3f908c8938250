// binary_cross_entropy - sigmoid and log-likelihood of yes or no in one, for each channel by itself, on raw
// outputs, as torch.nn.BCEWithLogitsLoss: a sample may have several labels, or none.
#include <fmt/format.h>

#include <vector>

#include "losses/catalog.hpp"
#include "losses/value_loss.hpp"

namespace cnnctl {
namespace {

class BinaryCrossEntropy final : public ValueLoss<BinaryCrossEntropy> {
 public:
  static constexpr std::string_view kName = "binary_cross_entropy";

  void fields(Fields& f) override {
    f.optional("pos_weight", pos_weight_, "factor of what is a yes, one a channel or one for all; default: 1",
               Limits{.low = 0, .high = 1e9, .low_open = true});
  }

  void check(const Shape& output, const TargetSpec& target) const override {
    ValueLoss::check(output, target);
    const auto count = static_cast<std::int64_t>(pos_weight_.size());
    if (count > 1 && count != output.channels())
      throw ShapeError(
          fmt::format("binary_cross_entropy has {} numbers in pos_weight for {} channels", count, output.channels()));
  }

  /// -(w t log s + (1 - t) log(1 - s)), s = sigmoid(x).
  Point at(double x, double t, std::int64_t channel) const {
    const double w = weight(channel), size = std::abs(x), e = std::exp(-size);
    const double no = x < 0 ? 1 / (1 + e) : e / (1 + e), yes = x < 0 ? e / (1 + e) : 1 / (1 + e);  // 1 - s, s
    const double loss = (1 - t) * x + (1 + (w - 1) * t) * (std::log1p(e) + (x < 0 ? -x : 0 * x));
    return {loss, (1 - t) * yes - w * t * no};
  }

 private:
  double weight(std::int64_t channel) const {
    if (pos_weight_.empty()) return 1;
    return pos_weight_[pos_weight_.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
  }

  std::vector<double> pos_weight_;
};

}  // namespace

constexpr Kind<Loss> kBinaryCrossEntropyKind = kind_of<Loss, BinaryCrossEntropy>(
    "binary_cross_entropy",
    "for several labels a sample: log-likelihood of yes or no for each channel, on raw outputs\n"
    "-(pos_weight * t * log s + (1 - t) * log(1 - s)), s = sigmoid(x), mean over the channels",
    "{pos_weight: [2]}");

}  // namespace cnnctl
