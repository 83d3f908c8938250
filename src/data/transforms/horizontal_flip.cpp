// horizontal_flip - exchanges left and right.
#include <algorithm>

#include "data/catalog.hpp"

namespace cnnctl {
namespace {

class HorizontalFlip final : public Transform {
 public:
  void settings(Fields& f) override {
    f.shorthand("p");
    f.optional("p", p_, "how often", between(0, 1));
  }

  void apply(std::span<Plane> planes, Rng& rng) const override {
    if (static_cast<double>(rng.uniform()) >= p_) return;
    for (const Plane& plane : planes) {
      const std::int64_t channels = plane.channels;
      for (std::int64_t y = 0; y < plane.height; ++y) {
        float* left = plane.values + y * plane.row();
        float* right = left + (plane.width - 1) * channels;
        for (; left < right; left += channels, right -= channels) std::swap_ranges(left, left + channels, right);
      }
    }
  }

 private:
  double p_ = 0.5;
};

}  // namespace

constexpr Kind<Transform> kHorizontalFlipKind =
    kind_of<Transform, HorizontalFlip>("horizontal_flip", "exchanges left and right", "{p: 0.5}");

}  // namespace cnnctl
