// random_autocontrast - spreads each channel from black to white, as torchvision's RandomAutocontrast.
#include "data/catalog.hpp"
#include "data/transforms/colours.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class RandomAutocontrast final : public PictureTransform {
 public:
  RandomAutocontrast() : PictureTransform(0.5) {}
  void settings(Fields& f) override {
    f.shorthand("p");
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng&) const override { autocontrast(picture); }
};

}  // namespace

constexpr Kind<Transform> kRandomAutocontrastKind =
    kind_of<Transform, RandomAutocontrast>("random_autocontrast",
                                           "spreads each channel from black to white\n"
                                           "y = (x - min) / (max - min) * white for each channel, with probability p",
                                           "{p: 0.5}");

}  // namespace cnnctl
