// random_affine - turns, shifts, scales and shears about the centre, as torchvision's RandomAffine; bilinear, and
// shifts are not rounded to whole pixels.
#include <cmath>
#include <numbers>

#include "data/catalog.hpp"
#include "data/transforms/picture_transform.hpp"
#include "data/transforms/resample.hpp"

namespace cnnctl {
namespace {

class RandomAffine final : public Transform {
 public:
  void settings(Fields& f) override {
    f.shorthand("degrees");
    f.optional("degrees", degrees_, "turns by up to this, either way", between(0, 180));
    f.optional("translate", translate_, "shifts by up to this share of height and width, either way", between(0, 1));
    f.optional("scale", scale_, "[least, most] magnification", Limits{.low = 0.1, .high = 10});
    f.optional("shear", shear_, "leans sideways by up to this, in degrees, either way", between(0, 80));
    f.optional("shear_y", shear_y_, "leans up and down by up to this, in degrees, either way", between(0, 80));
    resampling_.settings(f);
    f.check(is_range(scale_), "scale", "scale takes two numbers, the lower first: [0.9, 1.1]");
  }

  void apply(std::span<Plane> planes, Rng& rng) const override {
    constexpr double kDegree = std::numbers::pi / 180;
    const auto either_way = [&rng](double most) { return most * static_cast<double>(rng.uniform(-1, 1)); };
    const double angle = either_way(degrees_ * kDegree);
    const double right = either_way(translate_ * static_cast<double>(planes[0].width));
    const double down = either_way(translate_ * static_cast<double>(planes[0].height));
    const double scale = draw_from(scale_, rng);
    const double shear_x = std::tan(either_way(shear_ * kDegree)), shear_y = std::tan(either_way(shear_y_ * kDegree));
    resample(planes, resampling_, inverse_affine(angle, right, down, scale, shear_x, shear_y));
  }

 private:
  double degrees_ = 0, translate_ = 0, shear_ = 0, shear_y_ = 0;
  std::vector<double> scale_{1, 1};
  Resampling resampling_;
};

}  // namespace

constexpr Kind<Transform> kRandomAffineKind =
    kind_of<Transform, RandomAffine>("random_affine",
                                     "turns, shifts, scales and shears\n"
                                     "y(p) = x(A^-1 p), A of rotation, shear, scale and translation",
                                     "{degrees: 10, translate: 0.1, scale: [0.9, 1.1]}");

}  // namespace cnnctl
