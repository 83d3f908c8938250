// gaussian_noise - adds normal noise to each value, as torchvision's GaussianNoise.
#include <algorithm>

#include "data/catalog.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class GaussianNoise final : public PictureTransform {
 public:
  GaussianNoise() : PictureTransform(1) {}
  void settings(Fields& f) override {
    f.shorthand("sigma");
    f.optional("sigma", sigma_, "deviation of the noise, as a share of white", between(0, 10));
    f.optional("mean", mean_, "mean of the noise, as a share of white", between(-1, 1));
    f.optional("clip", clip_, "whether values stay between black and white");
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng& rng) const override {
    const float sigma = static_cast<float>(sigma_) * picture.white, mean = static_cast<float>(mean_) * picture.white;
    if (sigma == 0 && mean == 0) return;
    for (float *x = picture.values, *end = x + picture.height * picture.row(); x < end; ++x) {
      *x += mean + sigma * rng.normal();
      if (clip_) *x = std::clamp(*x, 0.0f, picture.white);
    }
  }

 private:
  double sigma_ = 0.1, mean_ = 0;
  bool clip_ = true;
};

}  // namespace

constexpr Kind<Transform> kGaussianNoiseKind =
    kind_of<Transform, GaussianNoise>("gaussian_noise",
                                      "adds normal noise to each value\n"
                                      "y = x + white * (mean + sigma * n), n normal",
                                      "{sigma: 0.1}");

}  // namespace cnnctl
