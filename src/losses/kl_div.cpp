// kl_div - Kullback-Leibler divergence of the outputs from the targets, averaged over the batch.
#include <cmath>

#include "kernels/pointwise/softmax_row.hpp"
#include "losses/catalog.hpp"
#include "losses/rows.hpp"

namespace cnnctl {
namespace {
enum class KlInput { logits, log_probabilities, probabilities };
}

template <>
struct Words<KlInput> {
  static constexpr std::pair<std::string_view, KlInput> list[] = {{"logits", KlInput::logits},
                                                                  {"log_probabilities", KlInput::log_probabilities},
                                                                  {"probabilities", KlInput::probabilities}};
};

namespace {

/// A sample's loss is sum of t * (log t - log p), with 0 log 0 = 0: torch.nn.KLDivLoss(reduction="batchmean").
/// PyTorch's takes log-probabilities, here `input: log_probabilities`; the default takes raw outputs and applies
/// log-softmax.
class KlDiv final : public Loss {
 public:
  void fields(Fields& f) override {
    f.optional("input", input_, "what the model puts out");
    f.optional("label_smoothing", label_smoothing_, "share of every target spread evenly over all classes", fraction());
  }

  void check(const Shape& output, std::int64_t classes) const override {
    expect_one_output_per_class("kl_div", output, classes);
  }

  double evaluate(const Workers& workers, ConstView output, const Targets& targets, std::span<double> per_sample,
                  real* gradient) const override {
    check_batch(output, targets, per_sample);
    const std::int64_t width = output.shape.count();
    const auto n = static_cast<double>(output.n);
    for_each_row(workers, output.n, width, [&](std::int64_t row) {
      const TargetRow target(targets, row, width, label_smoothing_);
      const real* const x = output.data + row * width;
      real* const to = gradient != nullptr ? gradient + row * width : nullptr;
      per_sample[static_cast<std::size_t>(row)] = input_ == KlInput::logits
                                                      ? from_logits(width, x, target, n, to)
                                                      : from_probabilities(width, x, target, n, to);
    });
    return sum_of(per_sample) / n;
  }

 private:
  /// t * (log t - log p); 0 where nothing was expected, except that NaN comes through.
  static double term(double t, double log_p) {
    if (t == 0) return std::isnan(log_p) ? log_p : 0;
    return t * (std::log(t) - log_p);
  }

  static double from_logits(std::int64_t width, const real* z, const TargetRow& target, double n, real* gradient) {
    const auto [max, sum] = kernels::row_exponentials(width, z, gradient);
    const double log_sum = std::log(sum);
    double loss = 0, mass = 0;
    for (std::int64_t i = 0; i < width; ++i) {
      loss += term(target[i], static_cast<double>(z[i]) - max - log_sum);
      mass += target[i];
    }
    if (gradient == nullptr) return loss;
    for (std::int64_t i = 0; i < width; ++i)
      gradient[i] = static_cast<real>((mass / sum * static_cast<double>(gradient[i]) - target[i]) / n);
    return loss;
  }

  double from_probabilities(std::int64_t width, const real* x, const TargetRow& target, double n,
                            real* gradient) const {
    const bool logs = input_ == KlInput::log_probabilities;
    double loss = 0;
    for (std::int64_t i = 0; i < width; ++i) {
      const double t = target[i], p = static_cast<double>(x[i]);
      loss += term(t, logs ? p : std::log(p));
      if (gradient != nullptr) gradient[i] = static_cast<real>(t == 0 ? 0 : -t / (logs ? n : n * p));
    }
    return loss;
  }

  KlInput input_ = KlInput::logits;
  double label_smoothing_ = 0;
};

}  // namespace

constexpr Kind<Loss> kKlDivKind = kind_of<Loss, KlDiv>(
    "kl_div", "divergence between distributions, averaged over the batch", "{input: logits, label_smoothing: 0.1}");

}  // namespace cnnctl
