// mean_iou - the intersection of what was guessed and what is there over their union; the mean over the classes.
#include "metrics/catalog.hpp"
#include "metrics/class_metric.hpp"

namespace cnnctl {
namespace {

class MeanIou final : public CountsMetric {
 public:
  std::string name() const override { return "mean_iou"; }

 private:
  double of_class(double right, double guessed, double there) const override {
    return right / (guessed + there - right);  // one of them is above 0
  }
};

}  // namespace

constexpr Kind<Metric> kMeanIouKind =
    kind_of<Metric, MeanIou>("mean_iou",
                             "for classes, of positions mostly: intersection over union, mean over the classes\n"
                             "mean over classes of right / (guessed + there - right)",
                             "");

}  // namespace cnnctl
