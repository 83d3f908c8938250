// random_resized_crop - a part of random area and proportions, scaled to one size, as torchvision's RandomResizedCrop.
#include <algorithm>
#include <cmath>

#include "data/catalog.hpp"
#include "data/transforms/picture_transform.hpp"
#include "data/transforms/resample.hpp"

namespace cnnctl {
namespace {

class RandomResizedCrop final : public Transform {
 public:
  void settings(Fields& f) override {
    f.shorthand("size");
    f.required("size", size_, "[height, width] that comes out", per_axis(2, between(1, 32768)));
    f.optional("scale", scale_, "[least, most] share of the picture's area", {.low = 0, .high = 1, .low_open = true});
    f.optional("ratio", ratio_, "[least, most] width of the part to its height", between(0.01, 100));
    f.optional("interpolation", interpolation_, "bilinear: antialiased where it shrinks");
    f.check(is_range(scale_), "scale", "scale takes two numbers, the lower first: [0.08, 1]");
    f.check(is_range(ratio_), "ratio", "ratio takes two numbers, the lower first: [0.75, 1.33]");
  }

  SampleSpec outcome(const SampleSpec& in) const override { return with_plane_size(in, {size_[0], size_[1]}); }

  void apply(std::span<Plane> planes, Rng& rng) const override {
    Rng own = branch(rng);
    const Part part = draw({planes[0].height, planes[0].width}, own);
    for (Plane& plane : planes)
      resize_part(plane, part.top, part.left, part.size, {size_[0], size_[1]}, interpolation_);
  }

 private:
  struct Part {
    std::int64_t top, left;
    PlaneSize size;
  };

  /// Ten tries, then the largest part in the middle whose proportions are allowed.
  Part draw(const PlaneSize& whole, Rng& rng) const {
    const auto height = static_cast<double>(whole.height), width = static_cast<double>(whole.width);
    const std::vector<double> log_ratio{std::log(ratio_[0]), std::log(ratio_[1])};
    for (int tries = 0; tries < 10; ++tries) {
      const double area = height * width * draw_from(scale_, rng), ratio = std::exp(draw_from(log_ratio, rng));
      const PlaneSize part{std::lrint(std::sqrt(area / ratio)), std::lrint(std::sqrt(area * ratio))};
      if (part.height < 1 || part.width < 1 || part.height > whole.height || part.width > whole.width) continue;
      const std::int64_t top = draw_below(whole.height - part.height + 1, rng);
      return {top, draw_below(whole.width - part.width + 1, rng), part};
    }
    PlaneSize part = whole;
    if (width / height < ratio_[0]) part.height = std::lrint(width / ratio_[0]);
    if (width / height > ratio_[1]) part.width = std::lrint(height * ratio_[1]);
    part = {std::clamp<std::int64_t>(part.height, 1, whole.height),
            std::clamp<std::int64_t>(part.width, 1, whole.width)};
    return {(whole.height - part.height) / 2, (whole.width - part.width) / 2, part};
  }

  Sizes size_{1, 1};
  std::vector<double> scale_{0.08, 1}, ratio_{3.0 / 4, 4.0 / 3};
  Interpolation interpolation_ = Interpolation::bilinear;
};

}  // namespace

constexpr Kind<Transform> kRandomResizedCropKind =
    kind_of<Transform, RandomResizedCrop>("random_resized_crop",
                                          "scales a part of random area and proportions to one size\n"
                                          "a piece of share s of the area and ratio r, both random, scaled to size\n"
                                          "Szegedy et al., \"Going deeper with convolutions\", CVPR 2015",
                                          "{size: 6, scale: [0.5, 1]}");

}  // namespace cnnctl
