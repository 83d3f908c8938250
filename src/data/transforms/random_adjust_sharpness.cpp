// random_adjust_sharpness - blurs or sharpens, as torchvision's RandomAdjustSharpness.
#include "data/catalog.hpp"
#include "data/transforms/colours.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class RandomAdjustSharpness final : public PictureTransform {
 public:
  RandomAdjustSharpness() : PictureTransform(0.5) {}
  void settings(Fields& f) override {
    f.shorthand("sharpness_factor");
    f.required("sharpness_factor", factor_, "0 blurs, 1 changes nothing, 2 sharpens", between(0, 100));
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng&) const override { adjust_sharpness(picture, factor_); }

 private:
  double factor_ = 1;
};

}  // namespace

constexpr Kind<Transform> kRandomAdjustSharpnessKind =
    kind_of<Transform, RandomAdjustSharpness>("random_adjust_sharpness",
                                              "blurs or sharpens\n"
                                              "y = s*x + (1-s)*blurred x, with probability p",
                                              "{sharpness_factor: 2, p: 0.5}");

}  // namespace cnnctl
