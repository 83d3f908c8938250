// mae - the mean absolute error over all values.
#include <cmath>

#include "metrics/catalog.hpp"
#include "metrics/value_metric.hpp"

namespace cnnctl {
namespace {

class MeanAbsoluteError final : public ErrorMetric {
 public:
  std::string name() const override { return "mae"; }
  bool larger_is_better() const override { return false; }

 private:
  double error(std::int64_t count, const real* output, const real* target) const override {
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i)
      sum += std::abs(static_cast<double>(output[i]) - static_cast<double>(target[i]));
    return sum;
  }
};

}  // namespace

constexpr Kind<Metric> kMaeKind = kind_of<Metric, MeanAbsoluteError>("mae",
                                                                     "for values: mean absolute error\n"
                                                                     "mean of |x - t|",
                                                                     "");

}  // namespace cnnctl
