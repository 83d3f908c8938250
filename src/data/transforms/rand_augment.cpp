// rand_augment - a few random operations of one strength (Cubuk et al., "RandAugment", 2019), as torchvision's
// RandAugment.
#include "data/transforms/automatic.hpp"

namespace cnnctl {
namespace {

class RandAugment final : public AutomaticTransform {
 public:
  void settings(Fields& f) override {
    f.optional("num_ops", count_, "how many operations, one after the other", between(0, 100));
    f.optional("magnitude", magnitude_, "strength of all of them, from 0 to num_magnitude_bins - 1", between(0, 1000));
    f.optional("num_magnitude_bins", bins_, "how many strengths there are", between(2, 1001));
    f.check(magnitude_ < bins_, "magnitude", "magnitude must be less than num_magnitude_bins");
    common_settings(f);
  }

 protected:
  void choose(std::span<Plane> planes, Rng& rng) const override {
    for (std::int64_t i = 0; i < count_; ++i) {
      const auto operation = static_cast<Operation>(draw_below(kOperations, rng));
      const PlaneSize size{planes[0].height, planes[0].width};
      either_way(planes, operation, strength_of(operation, magnitude_, bins_, size), rng);
    }
  }

 private:
  std::int64_t count_ = 2, magnitude_ = 9, bins_ = 31;
};

}  // namespace

constexpr Kind<Transform> kRandAugmentKind =
    kind_of<Transform, RandAugment>("rand_augment",
                                    "a few random operations of one strength\n"
                                    "num_ops random operations of strength magnitude, one after the other\n"
                                    "Cubuk et al., \"RandAugment\", NeurIPS 2020",
                                    "{num_ops: 2, magnitude: 9}");

}  // namespace cnnctl
