// random_erasing - paints over a rectangle of random area and proportions, as torchvision's RandomErasing (Zhong et
// al., "Random erasing data augmentation", 2017).
#include <cmath>

#include "data/catalog.hpp"
#include "data/transforms/erase.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class RandomErasing final : public PictureTransform {
 public:
  RandomErasing() : PictureTransform(0.5) {}
  void settings(Fields& f) override {
    f.shorthand("p");
    f.optional("scale", scale_, "[least, most] share of the picture's area", between(0, 1));
    f.optional("ratio", ratio_, "[least, most] height of the rectangle to its width", between(0.01, 100));
    f.optional("fill", paint_, "what it is painted with; the mean is 0 where data are normalised");
    f.check(is_range(scale_), "scale", "scale takes two numbers, the lower first: [0.02, 0.33]");
    f.check(is_range(ratio_), "ratio", "ratio takes two numbers, the lower first: [0.3, 3.3]");
    chance(f);
  }

 protected:
  /// Ten tries; then the picture stays as it is.
  void repaint(Plane& picture, Rng& rng) const override {
    const auto area = static_cast<double>(picture.height * picture.width);
    const std::vector<double> log_ratio{std::log(ratio_[0]), std::log(ratio_[1])};
    for (int tries = 0; tries < 10; ++tries) {
      const double erased = area * draw_from(scale_, rng), ratio = std::exp(draw_from(log_ratio, rng));
      const std::int64_t height = std::lrint(std::sqrt(erased * ratio)), width = std::lrint(std::sqrt(erased / ratio));
      if (height >= picture.height || width >= picture.width) continue;
      const std::int64_t top = draw_below(picture.height - height + 1, rng);
      const std::int64_t left = draw_below(picture.width - width + 1, rng);
      return erase(picture, {top, left, height, width}, paint_, rng);
    }
  }

 private:
  std::vector<double> scale_{0.02, 0.33}, ratio_{0.3, 3.3};
  Paint paint_ = Paint::mean;
};

}  // namespace

constexpr Kind<Transform> kRandomErasingKind =
    kind_of<Transform, RandomErasing>("random_erasing",
                                      "paints over a rectangle\n"
                                      "a rectangle of random share and ratio is painted over\n"
                                      "Zhong et al., \"Random erasing data augmentation\", AAAI 2020",
                                      "{p: 0.5, scale: [0.02, 0.33]}");

}  // namespace cnnctl
