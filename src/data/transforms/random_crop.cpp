// random_crop - pads the picture on all sides and cuts a piece out somewhere: of its own size, which shifts it by up to
// `padding` pixels, or of another.
#include <fmt/format.h>

#include "base/error.hpp"
#include "data/catalog.hpp"
#include "data/transforms/cut.hpp"

namespace cnnctl {
namespace {

class RandomCrop final : public Transform {
 public:
  void settings(Fields& f) override {
    f.shorthand("padding");
    f.optional("padding", padding_, "pixels added on each side", between(0, 1024));
    f.optional("size", size_, "[height, width] that is cut out; default: the picture's",
               per_axis(2, between(1, 32768)));
    f.optional("fill", fill_, "what is added");
    f.optional("padding_mode", border_, "constant: fill; edge: the outermost pixels; reflect, symmetric: mirrored");
    f.check(padding_ > 0 || size_, "padding", "random_crop needs padding, or size, or both");
  }

  SampleSpec outcome(const SampleSpec& in) const override {
    const PlaneSize whole = plane_size(in), piece = piece_of(whole);
    if (piece.height > whole.height + 2 * padding_ || piece.width > whole.width + 2 * padding_)
      throw ShapeError(fmt::format("{}x{} (height x width) cannot be cut out of {}x{} with {} pixels around it",
                                   piece.height, piece.width, whole.height, whole.width, padding_));
    return with_plane_size(in, piece);
  }

  void apply(std::span<Plane> planes, Rng& rng) const override {
    const PlaneSize whole{planes[0].height, planes[0].width}, piece = piece_of(whole);
    const auto draw = [&](std::int64_t from, std::int64_t to) {
      const std::int64_t places = from + 2 * padding_ - to + 1;
      return static_cast<std::int64_t>(rng.uniform() * static_cast<float>(places)) - padding_;
    };
    const std::int64_t top = draw(whole.height, piece.height), left = draw(whole.width, piece.width);
    for (Plane& plane : planes) cut(plane, piece, top, left, fill_, border_);
  }

 private:
  PlaneSize piece_of(const PlaneSize& whole) const { return size_ ? PlaneSize{(*size_)[0], (*size_)[1]} : whole; }

  std::int64_t padding_ = 0;
  std::optional<Sizes> size_;
  Outside fill_ = Outside::black;
  Border border_ = Border::constant;
};

}  // namespace

constexpr Kind<Transform> kRandomCropKind =
    kind_of<Transform, RandomCrop>("random_crop",
                                   "shifts by up to `padding` pixels each way\n"
                                   "y = a piece of x at a random place, zeros around x",
                                   "{padding: 4}");

}  // namespace cnnctl
