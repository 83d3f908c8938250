// pad - adds pixels around the picture, as torchvision's Pad.
#include "data/catalog.hpp"
#include "data/transforms/cut.hpp"

namespace cnnctl {
namespace {

class Pad final : public Transform {
 public:
  void settings(Fields& f) override {
    f.shorthand("padding");
    f.required("padding", padding_, "pixels added on each side", between(0, 1024));
    f.optional("fill", fill_, "what is added");
    f.optional("padding_mode", border_, "constant: fill; edge: the outermost pixels; reflect, symmetric: mirrored");
  }

  SampleSpec outcome(const SampleSpec& in) const override { return with_plane_size(in, padded(plane_size(in))); }

  void apply(std::span<Plane> planes, Rng&) const override {
    for (Plane& plane : planes) cut(plane, padded({plane.height, plane.width}), -padding_, -padding_, fill_, border_);
  }

 private:
  PlaneSize padded(const PlaneSize& size) const { return {size.height + 2 * padding_, size.width + 2 * padding_}; }

  std::int64_t padding_ = 0;
  Outside fill_ = Outside::black;
  Border border_ = Border::constant;
};

}  // namespace

constexpr Kind<Transform> kPadKind = kind_of<Transform, Pad>("pad",
                                                             "adds pixels around the picture\n"
                                                             "y = x with a border",
                                                             "{padding: 2}");

}  // namespace cnnctl
