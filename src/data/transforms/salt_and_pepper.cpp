// salt_and_pepper - makes some pixels black and as many white.
#include <algorithm>

#include "data/catalog.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class SaltAndPepper final : public PictureTransform {
 public:
  SaltAndPepper() : PictureTransform(1) {}
  void settings(Fields& f) override {
    f.shorthand("amount");
    f.optional("amount", amount_, "share of the pixels", between(0, 1));
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng& rng) const override {
    const auto amount = static_cast<float>(amount_);
    for (float *pixel = picture.values, *end = pixel + picture.height * picture.row(); pixel < end;
         pixel += picture.channels) {
      const float chance = rng.uniform();
      if (chance < amount) std::fill_n(pixel, picture.channels, chance < 0.5f * amount ? 0 : picture.white);
    }
  }

 private:
  double amount_ = 0.05;
};

}  // namespace

constexpr Kind<Transform> kSaltAndPepperKind =
    kind_of<Transform, SaltAndPepper>("salt_and_pepper",
                                      "makes some pixels black and as many white\n"
                                      "y = black or white at a share of the positions, else x",
                                      "{amount: 0.05}");

}  // namespace cnnctl
