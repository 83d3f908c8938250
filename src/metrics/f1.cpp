// f1 - the harmonic mean of a class's precision and recall; the mean over the classes.
#include "metrics/catalog.hpp"
#include "metrics/class_metric.hpp"

namespace cnnctl {
namespace {

class F1 final : public CountsMetric {
 public:
  std::string name() const override { return "f1"; }

 private:
  double of_class(double right, double guessed, double there) const override {
    return 2 * right / (guessed + there);  // one of them is above 0
  }
};

}  // namespace

constexpr Kind<Metric> kF1Kind =
    kind_of<Metric, F1>("f1",
                        "for classes: harmonic mean of precision and recall, mean over the classes\n"
                        "mean over classes of 2 * right / (guessed + there)",
                        "");

}  // namespace cnnctl
