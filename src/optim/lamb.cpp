// lamb - Adam with a rate for each parameter, from its norm and its change's.
// You et al., "Large batch optimization for deep learning: training BERT in 76 minutes", ICLR 2020, algorithm 2, with
// bias correction and the identity for its phi.
#include <algorithm>
#include <cmath>

#include "kernels/pointwise/reduce.hpp"
#include "kernels/pointwise/update.hpp"
#include "optim/catalog.hpp"
#include "optim/update.hpp"

namespace cnnctl {
namespace {

/// u = Adam's direction + weight_decay * w;  w -= lr * |w| / |u| * u.
class Lamb final : public Optimizer {
 public:
  void fields(Fields& f) override {
    f.optional("lr", lr_, "learning rate; that of a parameter is lr * its norm / the norm of Adam's step", positive());
    f.optional("betas", betas_, "decay rates of the running means of gradient and squared gradient", fraction());
    f.optional("eps", eps_, "added to the root of the second mean, against division by zero", positive());
    f.optional("weight_decay", weight_decay_, "share of the weights that joins Adam's step", at_least(0));
    f.optional("decay_bias_and_norm", decay_bias_and_norm_,
               "weight decay and adapted rates also for biases, scales and shifts");
    f.check(betas_.size() == 2, "betas", "betas takes two numbers: [0.9, 0.999]");
  }

  double lr() const override { return lr_; }
  bool decays_bias_and_norm() const override { return decay_bias_and_norm_; }
  std::vector<std::string_view> states() const override { return {"exp_avg", "exp_avg_sq"}; }

  bool by_value() const override { return false; }
  void step(const Step& s) const override {
    const double beta1 = betas_[0], beta2 = betas_[1];
    const auto t = static_cast<double>(s.step + 1);
    kernels::Lamb rule{.one_minus_beta1 = static_cast<real>(1 - beta1),
                       .beta2 = static_cast<real>(beta2),
                       .one_minus_beta2 = static_cast<real>(1 - beta2),
                       .eps = static_cast<real>(eps_),
                       .decay = 0,
                       .scale = static_cast<real>(s.gradient_scale),
                       .share = static_cast<real>(1 / (1 - std::pow(beta1, t))),
                       .root = static_cast<real>(std::sqrt(1 - std::pow(beta2, t)))};
    for (const Segment& parameter : parameters_of(s)) {
      rule.decay = static_cast<real>(weight_decay_ * parameter.decay);
      step(s, parameter, rule);
    }
  }

 private:
  static void step(const Step& s, const Segment& p, const kernels::Lamb& rule) {
    const double norm = norm_of(s.workers, p, s.values + p.begin);
    const double squares = kernels::sum_of_blocks(
        s.workers, p.end - p.begin,
        [&](std::int64_t begin, std::int64_t end) { return gather_moments(s, rule, p.begin + begin, p.begin + end); });
    const auto rate = static_cast<real>(s.lr * p.rate * trust_ratio(p, norm, std::sqrt(squares)));
    for_each_range(s.workers, p, [&](std::int64_t begin, std::int64_t end) {
      kernels::lamb_update(rule, rate, end - begin, s.values + begin, s.state[0] + begin, s.state[1] + begin);
    });
  }

  /// Updates the moments of a range; the sum of squares of the directions, of which a few at a time are kept.
  static double gather_moments(const Step& s, const kernels::Lamb& rule, std::int64_t begin, std::int64_t end) {
    constexpr std::int64_t kKept = 2048;
    real directions[kKept];
    double squares = 0;
    for (std::int64_t at = begin; at < end; at += kKept) {
      const std::int64_t count = std::min(kKept, end - at);
      kernels::lamb_moments(rule, count, s.values + at, s.gradients.at(at), s.state[0] + at, s.state[1] + at,
                            directions);
      squares += kernels::sum_of_squares(Workers::alone(0), count, directions);
    }
    return squares;
  }

  double lr_ = 1e-3, eps_ = 1e-6, weight_decay_ = 1e-2;
  std::vector<double> betas_{0.9, 0.999};
  bool decay_bias_and_norm_ = false;
};

}  // namespace

constexpr Kind<Optimizer> kLambKind =
    kind_of<Optimizer, Lamb>("lamb",
                             "adaptive moments with a rate for each parameter, for very large batches\n"
                             "u = adam's step + decay*w; w -= lr * |w| / |u| * u, for each parameter\n"
                             "You et al., \"Large batch optimization for deep learning\", ICLR 2020",
                             "{lr: 2e-3, weight_decay: 0.01}");

}  // namespace cnnctl
