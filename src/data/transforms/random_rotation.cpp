// random_rotation - turns about the centre, as torchvision's RandomRotation.
#include <numbers>

#include "data/catalog.hpp"
#include "data/transforms/picture_transform.hpp"
#include "data/transforms/resample.hpp"

namespace cnnctl {
namespace {

class RandomRotation final : public Transform {
 public:
  void settings(Fields& f) override {
    f.shorthand("degrees");
    f.required("degrees", degrees_, "turns by up to this, either way, or [least, most], counter-clockwise",
               between(-180, 180));
    resampling_.settings(f);
    f.check(is_range(range()), "degrees", "degrees takes one positive number or two, the lower first: [-10, 10]");
  }

  void apply(std::span<Plane> planes, Rng& rng) const override {
    const double degrees = draw_from(range(), rng);
    if (degrees == 0) return;
    resample(planes, resampling_, inverse_affine(-degrees * std::numbers::pi / 180, 0, 0, 1, 0, 0));
  }

 private:
  std::vector<double> range() const {
    return degrees_.size() == 1 ? std::vector<double>{-degrees_[0], degrees_[0]} : degrees_;
  }

  std::vector<double> degrees_;
  Resampling resampling_{.interpolation = Interpolation::nearest};
};

}  // namespace

constexpr Kind<Transform> kRandomRotationKind =
    kind_of<Transform, RandomRotation>("random_rotation",
                                       "turns about the centre\n"
                                       "y(p) = x(R(-angle) p), p from the centre",
                                       "{degrees: 15}");

}  // namespace cnnctl
