// recall - of the samples of a class, the share that was taken for it; the mean over the classes.
#include "metrics/catalog.hpp"
#include "metrics/class_metric.hpp"

namespace cnnctl {
namespace {

class Recall final : public CountsMetric {
 public:
  std::string name() const override { return "recall"; }

 private:
  double of_class(double right, double guessed, double there) const override {
    (void)guessed;
    return there > 0 ? right / there : 0;
  }
};

}  // namespace

constexpr Kind<Metric> kRecallKind =
    kind_of<Metric, Recall>("recall",
                            "for classes: share of a class's samples that are found, mean over the classes\n"
                            "mean over classes of right / there",
                            "");

}  // namespace cnnctl
