// random_bars - paints over bars that go from side to side or from top to bottom, as what stands before a camera.
#include <algorithm>
#include <cmath>

#include "data/catalog.hpp"
#include "data/transforms/erase.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class RandomBars final : public PictureTransform {
 public:
  RandomBars() : PictureTransform(0.5) {}
  void settings(Fields& f) override {
    f.shorthand("count");
    f.optional("count", count_, "how many bars", between(1, 100));
    f.optional("width", width_, "[least, most] width of a bar, as a share of the side it stands on", between(0, 1));
    f.optional("fill", paint_, "what they are painted with");
    f.check(is_range(width_), "width", "width takes two numbers, the lower first: [0.05, 0.2]");
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng& rng) const override {
    for (std::int64_t bar = 0; bar < count_; ++bar) {
      const bool upright = rng.uniform() < 0.5f;
      const std::int64_t side = upright ? picture.width : picture.height;
      const std::int64_t width = std::lrint(draw_from(width_, rng) * static_cast<double>(side));
      const std::int64_t at = draw_below(side - width + 1, rng);
      const Rectangle level{at, 0, width, picture.width}, standing{0, at, picture.height, width};
      erase(picture, upright ? standing : level, paint_, rng);
    }
  }

 private:
  std::int64_t count_ = 1;
  std::vector<double> width_{0.05, 0.2};
  Paint paint_ = Paint::mean;
};

}  // namespace

constexpr Kind<Transform> kRandomBarsKind = kind_of<Transform, RandomBars>("random_bars",
                                                                           "paints over bars from side to side\n"
                                                                           "bars across the picture are painted over",
                                                                           "{count: 2, width: [0.05, 0.2]}");

}  // namespace cnnctl
