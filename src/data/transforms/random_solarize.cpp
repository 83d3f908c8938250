// random_solarize - inverts what is bright, as torchvision's RandomSolarize.
#include "data/catalog.hpp"
#include "data/transforms/colours.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class RandomSolarize final : public PictureTransform {
 public:
  RandomSolarize() : PictureTransform(0.5) {}
  void settings(Fields& f) override {
    f.shorthand("threshold");
    f.required("threshold", threshold_, "level from which on pixels are inverted", between(0, 255));
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng&) const override { solarize(picture, threshold_); }

 private:
  double threshold_ = 255;
};

}  // namespace

constexpr Kind<Transform> kRandomSolarizeKind =
    kind_of<Transform, RandomSolarize>("random_solarize",
                                       "inverts what is bright\n"
                                       "y = white - x where x >= threshold, with probability p",
                                       "{threshold: 128, p: 0.5}");

}  // namespace cnnctl
