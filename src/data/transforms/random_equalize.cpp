// random_equalize - gives each channel a level histogram, as torchvision's RandomEqualize.
#include "data/catalog.hpp"
#include "data/transforms/colours.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class RandomEqualize final : public PictureTransform {
 public:
  RandomEqualize() : PictureTransform(0.5) {}
  void settings(Fields& f) override {
    f.shorthand("p");
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng&) const override { equalize(picture); }
};

}  // namespace

constexpr Kind<Transform> kRandomEqualizeKind =
    kind_of<Transform, RandomEqualize>("random_equalize",
                                       "gives each channel a level histogram\n"
                                       "y = the share of values up to x, times white, with probability p",
                                       "{p: 0.5}");

}  // namespace cnnctl
