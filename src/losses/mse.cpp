// mse - mean squared error over all values, as torch.nn.MSELoss.
#include "losses/catalog.hpp"
#include "losses/rows.hpp"

namespace cnnctl {
namespace {

/// Class numbers stand for their one-hot rows, so mse also trains classifiers.
class Mse final : public Loss {
 public:
  void fields(Fields&) override {}

  void check(const Shape& output, const TargetSpec& target) const override { expect_channels("mse", output, target); }

  double evaluate(const Workers& workers, ConstView output, const Target& target, std::span<double> per_sample,
                  Slope slope) const override {
    check_batch(output, target, per_sample);
    const std::int64_t width = output.shape.channels(), positions = output.shape.positions();
    const auto values = static_cast<double>(output.shape.count());
    const double weights = batch_weight(output, target);
    const double divisor = weights > 0 ? weights : 1;
    const double steepness = 2 * slope.scale / (divisor * values);
    const bool in_one = !target.of_classes() && target.weight.data == nullptr;  // rows that follow each other are one
    const double sum = sum_rows(workers, output, values, per_sample, [&](std::int64_t first, std::int64_t count) {
      double range = 0;
      const std::int64_t step = in_one ? count : 1;
      for (std::int64_t row = first; row < first + count; row += step) {
        const double own = target.weight_of(row, positions);
        const Slope to{slope.values != nullptr ? slope.values + row * width : nullptr, own * steepness};
        range += own * squares(step * width, output.data + row * width, {target, row, width}, to);
      }
      return range;
    });
    return sum / divisor;
  }

 private:
  static double squares(std::int64_t count, const real* x, const TargetRow& target, Slope slope) {
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const double error = static_cast<double>(x[i]) - target[i];
      sum += error * error;
      if (slope.values != nullptr) slope.values[i] = static_cast<real>(slope.scale * error);
    }
    return sum;
  }
};

}  // namespace

constexpr Kind<Loss> kMseKind =
    kind_of<Loss, Mse>("mse",
                       "mean squared error over all values: vectors, images, one-hot classes\n"
                       "mean of (x - t)^2",
                       "");

}  // namespace cnnctl
