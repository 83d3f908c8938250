// gaussian_blur - smooths with a bell curve of random width, as torchvision's GaussianBlur.
#include "data/catalog.hpp"
#include "data/transforms/filter.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class GaussianBlur final : public PictureTransform {
 public:
  GaussianBlur() : PictureTransform(1) {}
  void settings(Fields& f) override {
    f.shorthand("kernel_size");
    f.required("kernel_size", size_, "[height, width] of the curve in pixels, odd", per_axis(2, between(1, 255)));
    f.optional("sigma", sigma_, "deviation in pixels, or [least, most]", {.low = 0, .high = 100, .low_open = true});
    f.check(size_[0] % 2 == 1 && size_[1] % 2 == 1, "kernel_size", "kernel_size must be odd: 5, or [3, 5]");
    f.check(sigma_.size() == 1 || is_range(sigma_), "sigma",
            "sigma takes one number or two, the lower first: [0.1, 2]");
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng& rng) const override {
    const double sigma = draw_from({sigma_.front(), sigma_.back()}, rng);
    filter_separably(picture, gaussian(size_[0], sigma), gaussian(size_[1], sigma));
  }

 private:
  Sizes size_{1, 1};
  std::vector<double> sigma_{0.1, 2};
};

}  // namespace

constexpr Kind<Transform> kGaussianBlurKind =
    kind_of<Transform, GaussianBlur>("gaussian_blur",
                                     "smooths with a bell curve\n"
                                     "y = x convolved with exp(-d^2 / (2 sigma^2)), normalised",
                                     "{kernel_size: 5, sigma: [0.1, 2]}");

}  // namespace cnnctl
