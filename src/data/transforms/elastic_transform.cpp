// elastic_transform - moves each pixel a little, neighbours alike, as torchvision's ElasticTransform (Simard et al.,
// "Best practices for convolutional neural networks", 2003).
#include <cmath>

#include "data/catalog.hpp"
#include "data/transforms/filter.hpp"
#include "data/transforms/resample.hpp"

namespace cnnctl {
namespace {

class ElasticTransform final : public Transform {
 public:
  void settings(Fields& f) override {
    f.shorthand("alpha");
    f.optional("alpha", alpha_, "strength of the shifts before they are smoothed, in half pixels", between(0, 10000));
    f.optional("sigma", sigma_, "how far neighbours go together: deviation of the smoothing, in pixels",
               between(0, 100));
    resampling_.settings(f);
  }

  void apply(std::span<Plane> planes, Rng& rng) const override {
    Rng own = branch(rng);
    if (alpha_ == 0) return;
    const std::int64_t height = planes[0].height, width = planes[0].width;
    const auto h = static_cast<double>(height), w = static_cast<double>(width);
    // In torchvision the picture reaches from -1 to 1, and shifts are divided by the other side.
    const std::vector<float> right = shifts(height, width, 0.5 * alpha_ * w / h, own);
    const std::vector<float> down = shifts(height, width, 0.5 * alpha_ * h / w, own);
    resample(planes, resampling_, [&](std::int64_t row, std::int64_t column, std::int64_t count, float* x, float* y) {
      const auto at = static_cast<std::size_t>(row * width + column);
      for (std::int64_t i = 0; i < count; ++i) {
        x[i] = static_cast<float>(column + i) + right[at + static_cast<std::size_t>(i)];
        y[i] = static_cast<float>(row) + down[at + static_cast<std::size_t>(i)];
      }
    });
  }

 private:
  /// One for each pixel: uniform in [-1, 1), smoothed, times `strength`.
  std::vector<float> shifts(std::int64_t height, std::int64_t width, double strength, Rng& rng) const {
    std::vector<float> values(static_cast<std::size_t>(height * width)), spare(values.size());
    for (float& value : values) value = rng.uniform(-1, 1);
    if (sigma_ > 0) {
      const auto reach = static_cast<std::int64_t>(8 * sigma_ + 1);
      const std::vector<float> curve = gaussian(reach | 1, sigma_);
      Plane plane{height, width, 1, values.data(), spare.data(), nullptr, false};
      filter_separably(plane, curve, curve);
    }
    for (float& value : values) value *= static_cast<float>(strength);
    return values;
  }

  double alpha_ = 50, sigma_ = 5;
  Resampling resampling_;
};

}  // namespace

constexpr Kind<Transform> kElasticTransformKind = kind_of<Transform, ElasticTransform>(
    "elastic_transform",
    "moves each pixel a little, neighbours alike\n"
    "y(p) = x(p + alpha * blurred noise)\n"
    "Simard, Steinkraus, Platt, \"Best practices for convolutional neural networks\", ICDAR 2003",
    "{alpha: 50, sigma: 5}");

}  // namespace cnnctl
