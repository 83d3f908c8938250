// trivial_augment - one random operation of random strength (Müller and Hutter, "TrivialAugment", 2021), as
// torchvision's TrivialAugmentWide.
#include "data/transforms/automatic.hpp"

namespace cnnctl {
namespace {

class TrivialAugment final : public AutomaticTransform {
 public:
  void settings(Fields& f) override {
    f.optional("num_magnitude_bins", bins_, "how many strengths there are", between(2, 1001));
    common_settings(f);
  }

 protected:
  void choose(std::span<Plane> planes, Rng& rng) const override {
    const auto operation = static_cast<Operation>(draw_below(kOperations, rng));
    const PlaneSize size{planes[0].height, planes[0].width};
    const std::int64_t bin = draw_below(bins_, rng);
    either_way(planes, operation, strength_of(operation, bin, bins_, size, Reach::wide), rng);
  }

 private:
  std::int64_t bins_ = 31;
};

}  // namespace

constexpr Kind<Transform> kTrivialAugmentKind =
    kind_of<Transform, TrivialAugment>("trivial_augment",
                                       "one random operation of random strength\n"
                                       "one random operation of random strength\n"
                                       "Mueller, Hutter, \"TrivialAugment\", ICCV 2021",
                                       "{num_magnitude_bins: 31}");

}  // namespace cnnctl
