// precision - of the samples that were taken for a class, the share that is of it; the mean over the classes.
#include "metrics/catalog.hpp"
#include "metrics/class_metric.hpp"

namespace cnnctl {
namespace {

class Precision final : public CountsMetric {
 public:
  std::string name() const override { return "precision"; }

 private:
  double of_class(double right, double guessed, double there) const override {
    (void)there;
    return guessed > 0 ? right / guessed : 0;
  }
};

}  // namespace

constexpr Kind<Metric> kPrecisionKind =
    kind_of<Metric, Precision>("precision",
                               "for classes: share of a class's guesses that are right, mean over the classes\n"
                               "mean over classes of right / guessed",
                               "");

}  // namespace cnnctl
