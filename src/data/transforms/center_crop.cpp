// center_crop - cuts out the middle; what is larger than the picture stands in `fill`. As torchvision's CenterCrop.
#include <cmath>

#include "data/catalog.hpp"
#include "data/transforms/cut.hpp"

namespace cnnctl {
namespace {

class CenterCrop final : public Transform {
 public:
  void settings(Fields& f) override {
    f.shorthand("size");
    f.required("size", size_, "[height, width] that is cut out", per_axis(2, between(1, 32768)));
    f.optional("fill", fill_, "what comes in from outside");
  }

  SampleSpec outcome(const SampleSpec& in) const override { return with_plane_size(in, {size_[0], size_[1]}); }

  void apply(std::span<Plane> planes, Rng&) const override {
    for (Plane& plane : planes)
      cut(plane, {size_[0], size_[1]}, begin(plane.height, size_[0]), begin(plane.width, size_[1]), fill_,
          Border::constant);
  }

 private:
  /// Of two middles of a larger picture that with an even number; around a smaller one less before than behind.
  static std::int64_t begin(std::int64_t from, std::int64_t to) {
    if (from < to) return -((to - from) / 2);
    return static_cast<std::int64_t>(std::nearbyint(0.5 * static_cast<double>(from - to)));
  }

  Sizes size_{1, 1};
  Outside fill_ = Outside::black;
};

}  // namespace

constexpr Kind<Transform> kCenterCropKind = kind_of<Transform, CenterCrop>("center_crop",
                                                                           "cuts out the middle\n"
                                                                           "y = the middle of x",
                                                                           "{size: 6}");

}  // namespace cnnctl
