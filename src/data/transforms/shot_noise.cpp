// shot_noise - counts photons: each value becomes a Poisson number with the value as its mean.
#include <algorithm>
#include <cmath>

#include "data/catalog.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class ShotNoise final : public PictureTransform {
 public:
  ShotNoise() : PictureTransform(1) {}
  void settings(Fields& f) override {
    f.shorthand("photons");
    f.optional("photons", photons_, "[least, most] that make a white pixel; the fewer, the noisier", between(1, 1e6));
    f.check(is_range(photons_), "photons", "photons takes two numbers, the lower first: [20, 200]");
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng& rng) const override {
    const double scale = draw_from(photons_, rng) / static_cast<double>(picture.white);
    for (float *x = picture.values, *end = x + picture.height * picture.row(); x < end; ++x) {
      const double count = poisson(scale * std::max(0.0, static_cast<double>(*x)), rng);
      *x = std::min(static_cast<float>(count / scale), picture.white);
    }
  }

 private:
  /// Draws until the product of uniform numbers falls below e^-mean (Knuth); large means as a normal number, from which
  /// Poisson's differs little.
  static double poisson(double mean, Rng& rng) {
    constexpr double kLarge = 50;
    if (mean > kLarge) return std::max(0.0, std::round(mean + std::sqrt(mean) * static_cast<double>(rng.normal())));
    double product = 1, count = -1;
    for (const double least = std::exp(-mean); product >= least; ++count)
      product *= 1 - static_cast<double>(rng.uniform());  // in (0, 1]
    return count;
  }

  std::vector<double> photons_{20, 200};
};

}  // namespace

constexpr Kind<Transform> kShotNoiseKind = kind_of<Transform, ShotNoise>("shot_noise",
                                                                         "counts photons: the noise of dim light\n"
                                                                         "y = Poisson(x * photons) / photons",
                                                                         "{photons: [20, 200]}");

}  // namespace cnnctl
