// random_gamma - white * (x / white)^gamma with a random gamma, as torchvision's adjust_gamma.
#include <cmath>

#include "data/catalog.hpp"
#include "data/transforms/colours.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class RandomGamma final : public PictureTransform {
 public:
  RandomGamma() : PictureTransform(1) {}
  void settings(Fields& f) override {
    f.shorthand("gamma");
    f.optional("gamma", gamma_, "[least, most] exponent; below 1 brightens", between(0.01, 100));
    f.check(is_range(gamma_), "gamma", "gamma takes two numbers, the lower first: [0.8, 1.25]");
    chance(f);
  }

 protected:
  /// As likely darker as brighter: log(gamma) is uniform.
  void repaint(Plane& picture, Rng& rng) const override {
    adjust_gamma(picture, std::exp(draw_from({std::log(gamma_[0]), std::log(gamma_[1])}, rng)));
  }

 private:
  std::vector<double> gamma_{0.8, 1.25};
};

}  // namespace

constexpr Kind<Transform> kRandomGammaKind = kind_of<Transform, RandomGamma>("random_gamma",
                                                                             "makes middle tones brighter or darker\n"
                                                                             "y = white * (x / white)^gamma",
                                                                             "{gamma: [0.8, 1.25]}");

}  // namespace cnnctl
