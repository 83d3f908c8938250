// vertical_flip - exchanges top and bottom.
#include <algorithm>

#include "data/catalog.hpp"

namespace cnnctl {
namespace {

class VerticalFlip final : public Transform {
 public:
  void settings(Fields& f) override {
    f.shorthand("p");
    f.optional("p", p_, "how often", between(0, 1));
  }

  void apply(std::span<Plane> planes, Rng& rng) const override {
    if (static_cast<double>(rng.uniform()) >= p_) return;
    for (const Plane& plane : planes) {
      float* top = plane.values;
      float* bottom = plane.values + (plane.height - 1) * plane.row();
      for (; top < bottom; top += plane.row(), bottom -= plane.row()) std::swap_ranges(top, top + plane.row(), bottom);
    }
  }

 private:
  double p_ = 0.5;
};

}  // namespace

constexpr Kind<Transform> kVerticalFlipKind =
    kind_of<Transform, VerticalFlip>("vertical_flip", "exchanges top and bottom", "{p: 0.5}");

}  // namespace cnnctl
