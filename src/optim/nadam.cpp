// nadam - Adam with Nesterov's momentum, as torch.optim.NAdam.
// Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016.
#include <cmath>

#include "optim/catalog.hpp"
#include "optim/moments.hpp"
#include "optim/update.hpp"

namespace cnnctl {
namespace {

class Nadam final : public MomentsOptimizer {
 public:
  Nadam() : MomentsOptimizer({.lr = 2e-3}) {}

  void fields(Fields& f) override {
    MomentsOptimizer::fields(f);
    f.optional("momentum_decay", momentum_decay_, "how soon the momentum comes to betas[0]: half of it at first",
               at_least(0));
  }

  void step(const Step& s) const override {
    const std::int64_t t = s.step + 1;
    const double mu = momentum(t), next = momentum(t + 1), product = product_to(t);
    const double root = std::sqrt(1 - std::pow(beta2(), static_cast<double>(t)));
    for_each_range(s, [&](std::int64_t begin, std::int64_t end, const Segment& segment) {
      const double lr = s.lr * segment.rate;
      const auto of_gradient = static_cast<real>(lr * (1 - mu) / (1 - product));
      const auto of_mean = static_cast<real>(lr * next / (1 - product * next));
      const auto decay = static_cast<real>(weight_decay() * segment.decay), scale = static_cast<real>(s.gradient_scale);
      const auto rest = static_cast<real>(1 - beta1()), keep = static_cast<real>(beta2());
      const auto rest2 = static_cast<real>(1 - beta2()), inverse = static_cast<real>(1 / root);
      const auto little = static_cast<real>(eps());
      const real* const gradients = s.gradients.at(begin);
      real* const values = s.values + begin;
      real* const means = s.state[0] + begin;
      real* const squares = s.state[1] + begin;
      for (std::int64_t i = 0; i < end - begin; ++i) {
        const real g = scale * gradients[i] + decay * values[i];
        means[i] += (g - means[i]) * rest;
        squares[i] = keep * squares[i] + rest2 * (g * g);
        const real below = std::sqrt(squares[i]) * inverse + little;
        values[i] -= (of_gradient * g + of_mean * means[i]) / below;
      }
    });
  }

 private:
  double momentum(std::int64_t t) const {
    return beta1() * (1 - 0.5 * std::pow(0.96, static_cast<double>(t) * momentum_decay_));
  }
  /// The product of the momenta of steps 1 to t. Factors are below 1: soon 1 minus it is 1, and the rest does not
  /// count.
  double product_to(std::int64_t t) const {
    double product = 1;
    for (std::int64_t i = 1; i <= t && product > 1e-20; ++i) product *= momentum(i);
    return product;
  }

  double momentum_decay_ = 4e-3;
};

}  // namespace

constexpr Kind<Optimizer> kNadamKind =
    kind_of<Optimizer, Nadam>("nadam",
                              "adaptive moments that look one step ahead\n"
                              "as adam, with b1*m of the next step in place of m\n"
                              "Dozat, \"Incorporating Nesterov momentum into Adam\", 2016",
                              "{lr: 2e-3}");

}  // namespace cnnctl
