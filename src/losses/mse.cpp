// mse - mean squared error over all outputs, as torch.nn.MSELoss.
#include "losses/catalog.hpp"
#include "losses/rows.hpp"

namespace cnnctl {
namespace {

/// Class numbers stand for their one-hot rows, so mse also trains classifiers.
class Mse final : public Loss {
 public:
  void fields(Fields&) override {}

  void check(const Shape& output, std::int64_t classes) const override {
    expect_one_output_per_class("mse", output, classes);
  }

  double evaluate(const Workers& workers, ConstView output, const Targets& targets, std::span<double> per_sample,
                  real* gradient) const override {
    check_batch(output, targets, per_sample);
    const std::int64_t width = output.shape.count();
    const double slope = 2 / static_cast<double>(output.n * width);
    for_each_row(workers, output.n, width, [&](std::int64_t row) {
      const TargetRow target(targets, row, width);
      const real* const x = output.data + row * width;
      double sum = 0;
      for (std::int64_t i = 0; i < width; ++i) {
        const double error = static_cast<double>(x[i]) - target[i];
        sum += error * error;
        if (gradient != nullptr) gradient[row * width + i] = static_cast<real>(slope * error);
      }
      per_sample[static_cast<std::size_t>(row)] = sum / static_cast<double>(width);
    });
    return sum_of(per_sample) / static_cast<double>(output.n);
  }
};

}  // namespace

constexpr Kind<Loss> kMseKind = kind_of<Loss, Mse>("mse", "mean squared error over all outputs", "");

}  // namespace cnnctl
