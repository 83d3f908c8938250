// cosine - 1 less the cosine between output and target, over the channels, as torch.nn.CosineEmbeddingLoss for pairs
// that belong together.
#include <algorithm>
#include <cmath>

#include "losses/catalog.hpp"
#include "losses/rows.hpp"

namespace cnnctl {
namespace {

/// The mean over samples and positions of 1 - x.t / max(|x| |t|, 1e-8). Where one of them is zero it is 1.
class Cosine final : public Loss {
 public:
  void fields(Fields&) override {}
  void check(const Shape& output, const TargetSpec& target) const override {
    expect_channels("cosine", output, target);
  }

  double evaluate(const Workers& workers, ConstView output, const Target& target, std::span<double> per_sample,
                  Slope slope) const override {
    check_batch(output, target, per_sample);
    const std::int64_t width = output.shape.channels(), positions = output.shape.positions();
    const double weights = batch_weight(output, target);
    const double divisor = weights > 0 ? weights : 1, share = static_cast<double>(positions);
    const double sum = sum_rows(workers, output, share, per_sample, [&](std::int64_t first, std::int64_t count) {
      double range = 0;
      for (std::int64_t row = first; row < first + count; ++row) {
        const double own = target.weight_of(row, positions);
        const Slope to{slope.values != nullptr ? slope.values + row * width : nullptr,
                       own * slope.scale / (divisor * share)};
        range += own * of_row(width, output.data + row * width, {target, row, width}, to);
      }
      return range;
    });
    return sum / divisor;
  }

 private:
  static double of_row(std::int64_t width, const real* x, const TargetRow& target, Slope slope) {
    double dot = 0, xx = 0, tt = 0;
    for (std::int64_t i = 0; i < width; ++i) {
      const double v = static_cast<double>(x[i]), t = target[i];
      dot += v * t, xx += v * v, tt += t * t;
    }
    constexpr double kLeast = 1e-8;
    const double product = std::sqrt(xx) * std::sqrt(tt);
    const bool tiny = product <= kLeast;  // the divisor is a constant then
    const double size = tiny ? kLeast : product;
    const double cosine = dot / size;
    if (slope.values != nullptr)
      for (std::int64_t i = 0; i < width; ++i) {
        const double turned = tiny ? 0 : cosine * static_cast<double>(x[i]) / xx;
        slope.values[i] = static_cast<real>((turned - target[i] / size) * slope.scale);
      }
    return 1 - cosine;
  }
};

}  // namespace

constexpr Kind<Loss> kCosineLossKind =
    kind_of<Loss, Cosine>("cosine",
                          "1 less the cosine between output and target: direction counts, length does not\n"
                          "1 - (x . t) / (|x| * |t|), over the channels of a position",
                          "");

}  // namespace cnnctl
