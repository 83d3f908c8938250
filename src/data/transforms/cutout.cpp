// cutout - paints over squares whose middles stand anywhere (DeVries and Taylor, "Improved regularization of
// convolutional neural networks with cutout", 2017).
#include "data/catalog.hpp"
#include "data/transforms/erase.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class Cutout final : public PictureTransform {
 public:
  Cutout() : PictureTransform(1) {}
  void settings(Fields& f) override {
    f.shorthand("length");
    f.required("length", length_, "side of a square, in pixels", between(1, 32768));
    f.optional("holes", holes_, "how many squares", between(1, 1000));
    f.optional("fill", paint_, "what they are painted with");
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng& rng) const override {
    for (std::int64_t hole = 0; hole < holes_; ++hole) {
      const std::int64_t y = draw_below(picture.height, rng), x = draw_below(picture.width, rng);
      erase(picture, {y - length_ / 2, x - length_ / 2, length_, length_}, paint_, rng);
    }
  }

 private:
  std::int64_t length_ = 1, holes_ = 1;
  Paint paint_ = Paint::mean;
};

}  // namespace

constexpr Kind<Transform> kCutoutKind = kind_of<Transform, Cutout>(
    "cutout",
    "paints over squares\n"
    "squares of side length, their middles anywhere, are painted over\n"
    "DeVries, Taylor, \"Improved regularization of convolutional neural networks with cutout\", 2017",
    "{length: 8}");

}  // namespace cnnctl
