// cutmix - a box of each picture is another's, and as much of what is expected of it (Yun et al., "CutMix:
// regularization strategy to train strong classifiers with localizable features", ICCV 2019), as torchvision's
// v2.CutMix.
#include <algorithm>
#include <cmath>

#include "data/catalog.hpp"
#include "data/transforms/mixing.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {
namespace {

class Cutmix final : public MixingTransform {
  /// The box has the picture's proportions and its middle anywhere; what lies outside of the picture is not cut.
  double mix_input(const Workers& workers, real* values, std::int64_t n, const Shape& shape, double share,
                   Rng& rng) const override {
    const std::int64_t height = shape.height(), width = shape.width(), channels = shape.channels();
    const std::int64_t x = draw_below(width, rng), y = draw_below(height, rng);
    const double half = 0.5 * std::sqrt(1 - share);
    const auto across = static_cast<std::int64_t>(half * static_cast<double>(width));
    const auto down = static_cast<std::int64_t>(half * static_cast<double>(height));
    const std::int64_t top = std::max<std::int64_t>(y - down, 0), bottom = std::min(y + down, height);
    const std::int64_t left = std::max<std::int64_t>(x - across, 0) * channels;
    const std::int64_t right = std::min(x + across, width) * channels, row = width * channels;
    for_pairs(
        workers, values, n, shape.count(), [=](real* own, const real* other, std::int64_t first, std::int64_t count) {
          for (std::int64_t r = std::max(top, first / row); r < bottom && r * row < first + count; ++r) {
            const std::int64_t begin = std::max(r * row + left, first), end = std::min(r * row + right, first + count);
            if (begin < end) std::copy(other + (begin - first), other + (end - first), own + (begin - first));
          }
        });
    const auto cut = static_cast<double>((bottom - top) * (right - left));
    return 1 - cut / static_cast<double>(height * row);
  }
};

}  // namespace

constexpr Kind<Transform> kCutmixKind = kind_of<Transform, Cutmix>(
    "cutmix",
    "puts a box of another picture of the batch into each, and as much of its class\n"
    "y[i] = x[i-1] in a box of share 1 - s, else x[i]; targets s and 1 - s, s from Beta(alpha, alpha)\n"
    "Yun et al., \"CutMix\", ICCV 2019",
    "{alpha: 1}");

}  // namespace cnnctl
