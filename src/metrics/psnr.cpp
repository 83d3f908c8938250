// psnr - the peak signal-to-noise ratio in decibels: 10 log10(peak^2 / mse), the mse over all values of the set.
#include <fmt/format.h>

#include <cctype>
#include <cmath>

#include "metrics/catalog.hpp"
#include "metrics/value_metric.hpp"

namespace cnnctl {
namespace {

class PeakSignalToNoise final : public ErrorMetric {
 public:
  /// "psnr" for the peak 1, "psnr_255", "psnr_0_5".
  std::string name() const override {
    std::string name = peak_ == 1 ? "psnr" : fmt::format("psnr_{}", peak_);
    for (char& c : name)
      if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    return name;
  }
  bool larger_is_better() const override { return true; }

 private:
  void own_fields(Fields& f) override {
    f.optional("peak", peak_, "largest value less the smallest, as the targets are given to the loss", positive());
  }
  double error(std::int64_t count, const real* output, const real* target) const override {
    return squared_error(count, output, target);
  }
  double of_mean(double mean) const override { return 10 * std::log10(peak_ * peak_ / mean); }

  double peak_ = 1;
};

}  // namespace

constexpr Kind<Metric> kPsnrKind =
    kind_of<Metric, PeakSignalToNoise>("psnr",
                                       "for pictures: peak signal-to-noise ratio of the whole set, in decibels\n"
                                       "10 * log10(peak^2 / mse), in dB",
                                       "{peak: 1}");

}  // namespace cnnctl
