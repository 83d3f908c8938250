// mse - the mean squared error over all values.
#include "metrics/catalog.hpp"
#include "metrics/value_metric.hpp"

namespace cnnctl {
namespace {

class MeanSquaredError final : public ErrorMetric {
 public:
  std::string name() const override { return "mse"; }
  bool larger_is_better() const override { return false; }

 private:
  double error(std::int64_t count, const real* output, const real* target) const override {
    return squared_error(count, output, target);
  }
};

}  // namespace

constexpr Kind<Metric> kMseMetricKind = kind_of<Metric, MeanSquaredError>("mse",
                                                                          "for values: mean squared error\n"
                                                                          "mean of (x - t)^2",
                                                                          "");

}  // namespace cnnctl
