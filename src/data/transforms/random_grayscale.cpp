// random_grayscale - takes the colours away, as torchvision's RandomGrayscale. The channels stay three.
#include "data/catalog.hpp"
#include "data/transforms/colours.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class RandomGrayscale final : public PictureTransform {
 public:
  RandomGrayscale() : PictureTransform(0.1) {}
  void settings(Fields& f) override {
    f.shorthand("p");
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng&) const override { adjust_saturation(picture, 0); }
};

}  // namespace

constexpr Kind<Transform> kRandomGrayscaleKind =
    kind_of<Transform, RandomGrayscale>("random_grayscale",
                                        "takes the colours away\n"
                                        "y = 0.2989 r + 0.587 g + 0.114 b for all channels, with probability p",
                                        "{p: 0.1}");

}  // namespace cnnctl
