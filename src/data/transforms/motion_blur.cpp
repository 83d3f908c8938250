// motion_blur - smears along a line of random direction, as a camera that moves.
#include <cmath>
#include <map>
#include <numbers>
#include <utility>

#include "data/catalog.hpp"
#include "data/transforms/filter.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class MotionBlur final : public PictureTransform {
 public:
  MotionBlur() : PictureTransform(1) {}
  void settings(Fields& f) override {
    f.shorthand("length");
    f.optional("length", length_, "[least, most] length of the line in pixels", between(1, 255));
    f.optional("degrees", degrees_, "its direction is up to this from level, either way", between(0, 90));
    f.check(is_range(length_), "length", "length takes two numbers, the lower first: [3, 9]");
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng& rng) const override {
    const double length = draw_from(length_, rng);
    const double angle = degrees_ * static_cast<double>(rng.uniform(-1, 1)) * std::numbers::pi / 180;
    filter(picture, line(length, std::cos(angle), std::sin(angle)));
  }

 private:
  /// Points a pixel apart or closer, each split between the four pixels around it; of sum 1.
  static std::vector<Tap> line(double length, double right, double down) {
    const auto points = static_cast<std::int64_t>(std::ceil(length));
    std::map<std::pair<std::int64_t, std::int64_t>, double> weights;
    for (std::int64_t i = 0; i < points; ++i) {
      const double along =
          (length - 1) * (points > 1 ? static_cast<double>(i) / static_cast<double>(points - 1) - 0.5 : 0);
      const double x = along * right, y = along * down, column = std::floor(x), row = std::floor(y);
      for (const std::int64_t below : {0, 1})
        for (const std::int64_t beside : {0, 1})
          weights[{static_cast<std::int64_t>(row) + below, static_cast<std::int64_t>(column) + beside}] +=
              (below == 1 ? y - row : 1 - (y - row)) * (beside == 1 ? x - column : 1 - (x - column));
    }
    std::vector<Tap> taps;
    for (const auto& [at, weight] : weights)
      if (weight > 0) taps.push_back({at.first, at.second, static_cast<float>(weight / static_cast<double>(points))});
    return taps;
  }

  std::vector<double> length_{3, 9};
  double degrees_ = 90;
};

}  // namespace

constexpr Kind<Transform> kMotionBlurKind =
    kind_of<Transform, MotionBlur>("motion_blur",
                                   "smears along a line, as a camera that moves\n"
                                   "y = mean of x along a line",
                                   "{length: [3, 9]}");

}  // namespace cnnctl
