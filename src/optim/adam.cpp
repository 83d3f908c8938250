// adam - adaptive moments, weight decay as L2, as torch.optim.Adam.
#include "optim/adam.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/pointwise/update.hpp"
#include "optim/catalog.hpp"
#include "optim/update.hpp"

namespace cnnctl {
namespace {

/// Adam with the largest mean square so far in place of the current one.
/// Reddi, Kale and Kumar, "On the convergence of Adam and beyond", ICLR 2018.
void amsgrad_update(const kernels::Adam& rule, std::int64_t count, real* values, const real* gradients, real* first,
                    real* second, real* largest) {
  for (std::int64_t i = 0; i < count; ++i) {
    const real shrunk = values[i] * rule.shrink, g = rule.scale * gradients[i] + rule.decay * shrunk;
    first[i] += (g - first[i]) * rule.one_minus_beta1;
    second[i] = rule.beta2 * second[i] + rule.one_minus_beta2 * (g * g);
    largest[i] = std::max(largest[i], second[i]);
    values[i] = shrunk - rule.rate * first[i] / (std::sqrt(largest[i]) / rule.root + rule.eps);
  }
}

}  // namespace

void AdamBase::fields(Fields& f) {
  MomentsOptimizer::fields(f);
  f.optional("amsgrad", amsgrad_, "divide by the root of the largest mean square so far");
}

std::vector<std::string_view> AdamBase::states() const {
  std::vector<std::string_view> names = MomentsOptimizer::states();
  if (amsgrad_) names.push_back("max_exp_avg_sq");
  return names;
}

void AdamBase::step(const Step& s) const {
  const auto t = static_cast<double>(s.step + 1);
  const double first = 1 - std::pow(beta1(), t), second = 1 - std::pow(beta2(), t);  // shares of the means that are in
  const kernels::Adam rule{.one_minus_beta1 = static_cast<real>(1 - beta1()),
                           .beta2 = static_cast<real>(beta2()),
                           .one_minus_beta2 = static_cast<real>(1 - beta2()),
                           .eps = static_cast<real>(eps()),
                           .decay = 0,
                           .scale = static_cast<real>(s.gradient_scale),
                           .shrink = 1,
                           .rate = 0,
                           .root = static_cast<real>(std::sqrt(second))};
  for_each_range(s, [&](std::int64_t begin, std::int64_t end, const Segment& segment) {
    const double lr = s.lr * segment.rate, decay = weight_decay() * segment.decay;
    kernels::Adam here = rule;
    here.rate = static_cast<real>(lr / first);
    if (decoupled())
      here.shrink = static_cast<real>(1 - lr * decay);
    else
      here.decay = static_cast<real>(decay);
    if (amsgrad_)
      amsgrad_update(here, end - begin, s.values + begin, s.gradients.at(begin), s.state[0] + begin, s.state[1] + begin,
                     s.state[2] + begin);
    else
      kernels::adam_update(here, end - begin, s.values + begin, s.gradients.at(begin), s.state[0] + begin,
                           s.state[1] + begin);
  });
}

namespace {
class AdamOptimizer final : public AdamBase {
 public:
  AdamOptimizer() : AdamBase(Defaults()) {}
};
}  // namespace

constexpr Kind<Optimizer> kAdamKind = kind_of<Optimizer, AdamOptimizer>(
    "adam",
    "adaptive moments; weight decay is an L2 penalty\n"
    "m = b1*m + (1-b1)*g; v = b2*v + (1-b2)*g^2; w -= lr * m/(1-b1^t) / (sqrt(v/(1-b2^t)) + eps)\n"
    "Kingma, Ba, \"Adam\", ICLR 2015",
    "{lr: 1e-3, betas: [0.9, 0.999]}");

}  // namespace cnnctl
