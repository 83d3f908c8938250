// horizontal_flip and vertical_flip - exchange left and right, top and bottom.
#include <algorithm>

#include "data/catalog.hpp"

namespace cnnctl {
namespace {

class Flip : public Transform {
 public:
  void settings(Fields& f) final {
    f.shorthand("p");
    f.optional("p", p_, "how often", between(0, 1));
  }

  void apply(std::span<Plane> planes, Rng& rng) const final {
    if (static_cast<double>(rng.uniform()) >= p_) return;
    for (const Plane& plane : planes) flip(plane);
  }

 protected:
  virtual void flip(const Plane& plane) const = 0;

 private:
  double p_ = 0.5;
};

class HorizontalFlip final : public Flip {
  void flip(const Plane& plane) const override {
    const std::int64_t channels = plane.channels;
    for (std::int64_t y = 0; y < plane.height; ++y) {
      float* left = plane.values + y * plane.row();
      float* right = left + (plane.width - 1) * channels;
      for (; left < right; left += channels, right -= channels) std::swap_ranges(left, left + channels, right);
    }
  }
};

class VerticalFlip final : public Flip {
  void flip(const Plane& plane) const override {
    float* top = plane.values;
    float* bottom = plane.values + (plane.height - 1) * plane.row();
    for (; top < bottom; top += plane.row(), bottom -= plane.row()) std::swap_ranges(top, top + plane.row(), bottom);
  }
};

}  // namespace

constexpr Kind<Transform> kHorizontalFlipKind =
    kind_of<Transform, HorizontalFlip>("horizontal_flip",
                                       "exchanges left and right\n"
                                       "y[h, w] = x[h, W - 1 - w], with probability p",
                                       "{p: 0.5}");
constexpr Kind<Transform> kVerticalFlipKind =
    kind_of<Transform, VerticalFlip>("vertical_flip",
                                     "exchanges top and bottom\n"
                                     "y[h, w] = x[H - 1 - h, w], with probability p",
                                     "{p: 0.5}");

}  // namespace cnnctl
