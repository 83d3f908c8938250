// vertical_flip - exchanges top and bottom.
#include <algorithm>

#include "data/catalog.hpp"

namespace cnnctl {
namespace {

class VerticalFlip final : public Transform {
 public:
  void fields(Fields& f) override {
    f.shorthand("p");
    f.optional("p", p_, "how often", between(0, 1));
  }

  void apply(const Image& image, float*, const float*, Rng& rng) const override {
    if (static_cast<double>(rng.uniform()) >= p_) return;
    const std::int64_t row = image.width * image.channels;
    float* top = image.pixels;
    float* bottom = image.pixels + (image.height - 1) * row;
    for (; top < bottom; top += row, bottom -= row) std::swap_ranges(top, top + row, bottom);
  }

 private:
  double p_ = 0.5;
};

}  // namespace

constexpr Kind<Transform> kVerticalFlipKind =
    kind_of<Transform, VerticalFlip>("vertical_flip", "exchanges top and bottom", "{p: 0.5}");

}  // namespace cnnctl
