// top_k - the share of samples whose class is among the k largest outputs; top1 and top5 by their short names.
#include <fmt/format.h>

#include "metrics/catalog.hpp"
#include "metrics/class_metric.hpp"

namespace cnnctl {
namespace {

class TopK : public Metric {
 public:
  explicit TopK(std::int64_t k = 1) : k_(k) {}

  std::string name() const override { return fmt::format("top{}", k_); }
  std::string label() const override { return fmt::format("top-{}", k_); }
  bool larger_is_better() const override { return true; }
  bool is_share() const override { return true; }
  void check(const Shape& output, const TargetSpec& target) const override { expect_classes(*this, output, target); }
  std::int64_t sums(const Shape&) const override { return 2; }  // right, all

  void add(ConstView output, const Target& target, std::span<double> sums) const override {
    each_row(output, target, [&](std::span<const real> channels, std::int32_t label, double weight) {
      if (in_top(channels, label, k_)) sums[0] += weight;
      sums[1] += weight;
    });
  }
  double value(std::span<const double> sums) const override { return sums[1] > 0 ? sums[0] / sums[1] : 0; }

 protected:
  std::int64_t k_;
};

class Top1 final : public TopK {};
class Top5 final : public TopK {
 public:
  Top5() : TopK(5) {}
};
class AnyTopK final : public TopK {
  void own_fields(Fields& f) override {
    f.shorthand("k");
    f.required("k", k_, "how many guesses there are", between(1, 1 << 20));
  }
};

}  // namespace

constexpr Kind<Metric> kTop1Kind =
    kind_of<Metric, Top1>("top1",
                          "for classes: share of samples whose class has the largest output\n"
                          "samples whose class is among the k largest outputs / samples",
                          "");
constexpr Kind<Metric> kTop5Kind =
    kind_of<Metric, Top5>("top5",
                          "for classes: share of samples whose class is among the five largest outputs\n"
                          "samples whose class is among the k largest outputs / samples",
                          "");
constexpr Kind<Metric> kTopKKind =
    kind_of<Metric, AnyTopK>("top_k",
                             "for classes: share of samples whose class is among the k largest outputs\n"
                             "samples whose class is among the k largest outputs / samples",
                             "{k: 3}");

}  // namespace cnnctl
