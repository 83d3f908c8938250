// mixup - each picture becomes the weighted mean of two, and so does what is expected of it (Zhang, Cisse, Dauphin,
// Lopez-Paz, "mixup: beyond empirical risk minimization", ICLR 2018), as torchvision's v2.MixUp.
#include "data/catalog.hpp"
#include "data/transforms/mixing.hpp"

namespace cnnctl {
namespace {

class Mixup final : public MixingTransform {
  double mix_input(const Workers& workers, real* values, std::int64_t n, const Shape& shape, double share,
                   Rng&) const override {
    const real own = static_cast<real>(share), rest = static_cast<real>(1 - share);
    for_pairs(workers, values, n, shape.count(), [=](real* x, const real* other, std::int64_t, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) x[i] = own * x[i] + rest * other[i];
    });
    return share;
  }
};

}  // namespace

constexpr Kind<Transform> kMixupKind =
    kind_of<Transform, Mixup>("mixup",
                              "makes each picture of a batch the weighted mean of two, and their classes likewise\n"
                              "y[i] = s * x[i] + (1 - s) * x[i-1], targets likewise, s from Beta(alpha, alpha)\n"
                              "Zhang et al., \"mixup: beyond empirical risk minimization\", ICLR 2018",
                              "{alpha: 0.2}");

}  // namespace cnnctl
