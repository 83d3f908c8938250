// adam - adaptive moments, weight decay as L2, as torch.optim.Adam.
#include "optim/adam.hpp"

#include <cmath>

#include "kernels/pointwise/update.hpp"
#include "optim/catalog.hpp"
#include "optim/update.hpp"

namespace cnnctl {

void AdamBase::fields(Fields& f) {
  f.optional("lr", lr_, "learning rate", positive());
  f.optional("betas", betas_, "decay rates of the running means of gradient and squared gradient", fraction());
  f.optional("eps", eps_, "added to the root of the second mean, against division by zero", positive());
  f.optional("weight_decay", weight_decay_,
             decoupled_ ? "share of lr by which weights shrink each step, apart from the gradient"
                        : "L2 penalty, added to the gradient",
             at_least(0));
  f.optional("decay_bias_and_norm", decay_bias_and_norm_, "weight decay also on biases, scales and shifts");
  f.check(betas_.size() == 2, "betas", "betas takes two numbers: [0.9, 0.999]");
}

void AdamBase::step(const Step& s) const {
  const double beta1 = betas_[0], beta2 = betas_[1];
  const auto t = static_cast<double>(s.step + 1);
  const double first = 1 - std::pow(beta1, t), second = 1 - std::pow(beta2, t);  // shares of the means that are in
  const kernels::Adam rule{.one_minus_beta1 = static_cast<real>(1 - beta1),
                           .beta2 = static_cast<real>(beta2),
                           .one_minus_beta2 = static_cast<real>(1 - beta2),
                           .eps = static_cast<real>(eps_),
                           .decay = 0,
                           .scale = static_cast<real>(s.gradient_scale),
                           .shrink = 1,
                           .rate = 0,
                           .root = static_cast<real>(std::sqrt(second))};
  for_each_range(s, [&](std::int64_t begin, std::int64_t end, const Segment& segment) {
    const double lr = s.lr * segment.rate, decay = weight_decay_ * segment.decay;
    kernels::Adam here = rule;
    here.rate = static_cast<real>(lr / first);
    if (decoupled_)
      here.shrink = static_cast<real>(1 - lr * decay);
    else
      here.decay = static_cast<real>(decay);
    kernels::adam_update(here, end - begin, s.values + begin, s.gradients.at(begin), s.state[0] + begin,
                         s.state[1] + begin);
  });
}

namespace {
class AdamOptimizer final : public AdamBase {
 public:
  AdamOptimizer() : AdamBase(false, 0) {}
};
}  // namespace

constexpr Kind<Optimizer> kAdamKind = kind_of<Optimizer, AdamOptimizer>(
    "adam", "adaptive moments; weight decay is an L2 penalty", "{lr: 1e-3, betas: [0.9, 0.999]}");

}  // namespace cnnctl
