// color_jitter - brightness, contrast, saturation and hue by random factors, in random order, as torchvision's
// ColorJitter.
#include <algorithm>
#include <array>

#include "data/catalog.hpp"
#include "data/transforms/colours.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class ColorJitter final : public PictureTransform {
 public:
  ColorJitter() : PictureTransform(1) {}
  void settings(Fields& f) override {
    constexpr std::string_view kFactor = "up to this more or less than 1, or [least, most] factor";
    f.optional("brightness", brightness_, kFactor, between(0, 100));
    f.optional("contrast", contrast_, kFactor, between(0, 100));
    f.optional("saturation", saturation_, kFactor, between(0, 100));
    f.optional("hue", hue_, "turn by up to this share of the circle, or [least, most]", between(-0.5, 0.5));
    check(f, "brightness", brightness_);
    check(f, "contrast", contrast_);
    check(f, "saturation", saturation_);
    f.check(is_range(range_of_hue()), "hue", "hue takes one positive number, or two, the lower first: [-0.1, 0.1]");
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng& rng) const override {
    std::array<int, 4> order{0, 1, 2, 3};
    for (std::size_t i = 3; i > 0; --i)
      std::swap(order[i], order[static_cast<std::size_t>(draw_below(static_cast<std::int64_t>(i) + 1, rng))]);
    const double brightness = draw_from(range_of(brightness_), rng), contrast = draw_from(range_of(contrast_), rng);
    const double saturation = draw_from(range_of(saturation_), rng), turn = draw_from(range_of_hue(), rng);
    for (const int step : order) {
      if (step == 0) adjust_brightness(picture, brightness);
      if (step == 1) adjust_contrast(picture, contrast);
      if (step == 2) adjust_saturation(picture, saturation);
      if (step == 3) adjust_hue(picture, turn);
    }
  }

 private:
  using Numbers = std::vector<double>;

  static Numbers range_of(const Numbers& given) {
    return given.size() == 1 ? Numbers{std::max(0.0, 1 - given[0]), 1 + given[0]} : given;
  }
  Numbers range_of_hue() const { return hue_.size() == 1 ? Numbers{-hue_[0], hue_[0]} : hue_; }
  static void check(Fields& f, std::string_view field, const Numbers& given) {
    f.check(is_range(range_of(given)), field,
            std::string(field) + " takes one number, or two, the lower first: [0.8, 1.2]");
  }

  Numbers brightness_{0}, contrast_{0}, saturation_{0}, hue_{0};
};

}  // namespace

constexpr Kind<Transform> kColorJitterKind = kind_of<Transform, ColorJitter>(
    "color_jitter",
    "changes brightness, contrast, saturation and hue\n"
    "brightness b*x; contrast c*x + (1-c)*mean grey; saturation s*x + (1-s)*grey; hue turned by h, in random order",
    "{brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1}");

}  // namespace cnnctl
