// adagrad - gradients divided by the root of the sum of all their squares, as torch.optim.Adagrad.
// Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR 2011.
#include <cmath>

#include "optim/catalog.hpp"
#include "optim/update.hpp"

namespace cnnctl {
namespace {

class Adagrad final : public Optimizer {
 public:
  void fields(Fields& f) override {
    f.optional("lr", lr_, "learning rate", positive());
    f.optional("lr_decay", lr_decay_, "step t (from 0) has the rate lr / (1 + t * lr_decay)", at_least(0));
    f.optional("eps", eps_, "added to the root of the sum, against division by zero", positive());
    f.optional("weight_decay", weight_decay_, "L2 penalty, added to the gradient", at_least(0));
    f.optional("decay_bias_and_norm", decay_bias_and_norm_, "weight decay also on biases, scales and shifts");
  }

  double lr() const override { return lr_; }
  bool decays_bias_and_norm() const override { return decay_bias_and_norm_; }
  std::vector<std::string_view> states() const override { return {"sum"}; }

  void step(const Step& s) const override {
    const double lr = s.lr / (1 + static_cast<double>(s.step) * lr_decay_);
    for_each_range(s, [&](std::int64_t begin, std::int64_t end, const Segment& segment) {
      const auto rate = static_cast<real>(lr * segment.rate), eps = static_cast<real>(eps_);
      const auto decay = static_cast<real>(weight_decay_ * segment.decay), scale = static_cast<real>(s.gradient_scale);
      const real* const gradients = s.gradients.at(begin);
      real* const values = s.values + begin;
      real* const sums = s.state[0] + begin;
      for (std::int64_t i = 0; i < end - begin; ++i) {
        const real g = scale * gradients[i] + decay * values[i];
        const real sum = sums[i] = sums[i] + g * g;
        values[i] -= rate * (g / (std::sqrt(sum) + eps));
      }
    });
  }

 private:
  double lr_ = 1e-2, lr_decay_ = 0, eps_ = 1e-10, weight_decay_ = 0;
  bool decay_bias_and_norm_ = true;
};

}  // namespace

constexpr Kind<Optimizer> kAdagradKind =
    kind_of<Optimizer, Adagrad>("adagrad",
                                "gradients divided by the root of the sum of their squares so far\n"
                                "v += g^2; w -= lr / (1 + (t-1)*lr_decay) * g / (sqrt(v) + eps)\n"
                                "Duchi, Hazan, Singer, JMLR 2011",
                                "{lr: 0.01}");

}  // namespace cnnctl
