// random_invert - a negative, as torchvision's RandomInvert.
#include "data/catalog.hpp"
#include "data/transforms/colours.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class RandomInvert final : public PictureTransform {
 public:
  RandomInvert() : PictureTransform(0.5) {}
  void settings(Fields& f) override {
    f.shorthand("p");
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng&) const override { invert(picture); }
};

}  // namespace

constexpr Kind<Transform> kRandomInvertKind = kind_of<Transform, RandomInvert>("random_invert",
                                                                               "makes a negative\n"
                                                                               "y = white - x, with probability p",
                                                                               "{p: 0.5}");

}  // namespace cnnctl
