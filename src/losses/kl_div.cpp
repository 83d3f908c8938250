// kl_div - Kullback-Leibler divergence of the outputs from the targets, averaged over the samples.
#include <cmath>
#include <limits>

#include "kernels/pointwise/softmax_row.hpp"
#include "losses/catalog.hpp"
#include "losses/rows.hpp"

namespace cnnctl {
namespace {
enum class KlInput { logits, log_probabilities, probabilities };
enum class KlDirection { target_from_output, output_from_target };
}  // namespace

template <>
struct Words<KlInput> {
  static constexpr std::pair<std::string_view, KlInput> list[] = {{"logits", KlInput::logits},
                                                                  {"log_probabilities", KlInput::log_probabilities},
                                                                  {"probabilities", KlInput::probabilities}};
};

template <>
struct Words<KlDirection> {
  static constexpr std::pair<std::string_view, KlDirection> list[] = {
      {"target_from_output", KlDirection::target_from_output}, {"output_from_target", KlDirection::output_from_target}};
};

namespace {

/// A sample's loss is the sum of t * (log t - log p) over its positions and channels, with 0 log 0 = 0:
/// torch.nn.KLDivLoss(reduction="batchmean"). PyTorch's takes log-probabilities, here `input: log_probabilities`; the
/// default takes raw outputs and applies log-softmax over the channels. The other direction is the sum of
/// p * (log p - log t), with 0 log 0 = 0 as well; an output above 0 where the target is 0 makes it infinite.
class KlDiv final : public Loss {
 public:
  void fields(Fields& f) override {
    f.optional("input", input_, "what the model puts out");
    f.optional("direction", direction_,
               "the divergence of what from what: target_from_output, the sum of t * log(t / p), PyTorch's; or "
               "output_from_target, the sum of p * log(p / t), whose targets must be above 0 where outputs are");
    f.optional("label_smoothing", label_smoothing_, "share of every target spread evenly over all classes", fraction());
  }

  void check(const Shape& output, const TargetSpec& target) const override {
    expect_channels("kl_div", output, target);
    if (reverse() && target.of_classes() && label_smoothing_ == 0)
      throw ShapeError(
          "kl_div: the divergence of outputs from classes is infinite: direction: output_from_target needs "
          "label_smoothing, or targets that are probabilities");
  }

  double evaluate(const Workers& workers, ConstView output, const Target& target, std::span<double> per_sample,
                  Slope slope) const override {
    check_batch(output, target, per_sample);
    const std::int64_t width = output.shape.channels(), positions = output.shape.positions();
    const double weights = batch_weight(output, target);
    const double divisor = weights > 0 ? weights : 1;
    const double sum = sum_rows(workers, output, 1, per_sample, [&](std::int64_t first, std::int64_t count) {
      double range = 0;
      for (std::int64_t row = first; row < first + count; ++row) {
        const TargetRow wanted(target, row, width, label_smoothing_);
        const double own = target.weight_of(row, positions);
        const real* const x = output.data + row * width;
        const Slope to{slope.values != nullptr ? slope.values + row * width : nullptr, own * slope.scale};
        range += weighted(own, reverse()                   ? backwards(width, x, wanted, divisor, to)
                               : input_ == KlInput::logits ? from_logits(width, x, wanted, divisor, to)
                                                           : from_probabilities(width, x, wanted, divisor, to));
      }
      return range;
    });
    return sum / divisor;
  }

 private:
  /// t * (log t - log p); 0 where nothing was expected, except that NaN comes through, and an infinite p as NaN: what
  /// 0 * infinity is in PyTorch. Its loss is NaN for p = 0 too, where we take 0 log 0 = 0 as scipy.special.rel_entr
  /// does.
  static double term(double t, double log_p) {
    if (t == 0) return log_p < std::numeric_limits<double>::infinity() ? 0 : std::numeric_limits<double>::quiet_NaN();
    return t * (std::log(t) - log_p);
  }

  static double from_logits(std::int64_t width, const real* z, const TargetRow& target, double divisor, Slope slope) {
    const auto [max, sum] = kernels::row_exponentials(width, z, slope.values);
    const double log_sum = std::log(sum);
    double loss = 0, mass = 0;
    for (std::int64_t i = 0; i < width; ++i) {
      loss += term(target[i], static_cast<double>(z[i]) - max - log_sum);
      mass += target[i];
    }
    if (slope.values == nullptr) return loss;
    for (std::int64_t i = 0; i < width; ++i) {
      const double exponential = static_cast<double>(slope.values[i]);
      slope.values[i] = static_cast<real>(slope.scale * (mass / sum * exponential - target[i]) / divisor);
    }
    return loss;
  }

  double from_probabilities(std::int64_t width, const real* x, const TargetRow& target, double divisor,
                            Slope slope) const {
    const bool logs = input_ == KlInput::log_probabilities;
    double loss = 0;
    for (std::int64_t i = 0; i < width; ++i) {
      const double t = target[i], p = static_cast<double>(x[i]);
      loss += term(t, logs ? p : std::log(p));
      if (slope.values == nullptr) continue;
      slope.values[i] =
          static_cast<real>(t == 0 || slope.scale == 0 ? 0 : slope.scale * -t / (logs ? divisor : divisor * p));
    }
    return loss;
  }

  bool reverse() const { return direction_ == KlDirection::output_from_target; }

  /// With r = log p - log t the gradient is p * (r - loss) for logits, p * (r + 1) for logarithms, r + 1 for p itself.
  double backwards(std::int64_t width, const real* x, const TargetRow& target, double divisor, Slope slope) const {
    const bool raw = input_ == KlInput::logits, plain = input_ == KlInput::probabilities;
    const auto [max, sum] = raw ? kernels::row_exponentials(width, x, nullptr) : kernels::RowExponentials{0, 1};
    const double shift = raw ? max + std::log(sum) : 0;
    const auto log_p = [&](std::int64_t i) {
      const double value = static_cast<double>(x[i]);
      return plain ? std::log(value) : value - shift;
    };
    // p * (log p - log t + more), 0 for p = 0; NaN for an infinite p, which no weight of 0 may hide.
    const auto product = [&](std::int64_t i, double more) {
      const double log = log_p(i), p = std::exp(log);
      if (!(log < std::numeric_limits<double>::infinity())) return std::numeric_limits<double>::quiet_NaN();
      return p == 0 ? 0 : p * (log - std::log(target[i]) + more);
    };
    double loss = 0;
    for (std::int64_t i = 0; i < width; ++i) loss += product(i, 0);
    if (slope.values == nullptr) return loss;
    for (std::int64_t i = 0; i < width; ++i) {
      const double d = plain ? log_p(i) - std::log(target[i]) + 1 : product(i, raw ? -loss : 1);
      slope.values[i] = static_cast<real>(slope.scale == 0 ? 0 : slope.scale * d / divisor);
    }
    return loss;
  }

  KlInput input_ = KlInput::logits;
  KlDirection direction_ = KlDirection::target_from_output;
  double label_smoothing_ = 0;
};

}  // namespace

constexpr Kind<Loss> kKlDivKind = kind_of<Loss, KlDiv>("kl_div",
                                                       "divergence between distributions, averaged over the samples\n"
                                                       "sum of t * (log t - log p), mean over the samples\n"
                                                       "Kullback, Leibler, \"On information and sufficiency\", 1951",
                                                       "{input: logits, label_smoothing: 0.1}");

}  // namespace cnnctl
