// random_posterize - leaves fewer levels to each channel, as torchvision's RandomPosterize.
#include "data/catalog.hpp"
#include "data/transforms/colours.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class RandomPosterize final : public PictureTransform {
 public:
  RandomPosterize() : PictureTransform(0.5) {}
  void settings(Fields& f) override {
    f.shorthand("bits");
    f.required("bits", bits_, "that are kept of 8", between(0, 8));
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng&) const override { posterize(picture, bits_); }

 private:
  std::int64_t bits_ = 8;
};

}  // namespace

constexpr Kind<Transform> kRandomPosterizeKind =
    kind_of<Transform, RandomPosterize>("random_posterize",
                                        "leaves fewer levels to each channel\n"
                                        "y = x with its upper bits alone, with probability p",
                                        "{bits: 4, p: 0.5}");

}  // namespace cnnctl
