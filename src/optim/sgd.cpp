// sgd - stochastic gradient descent with momentum, as torch.optim.SGD.
#include "kernels/pointwise/update.hpp"
#include "optim/catalog.hpp"
#include "optim/update.hpp"

namespace cnnctl {
namespace {

class Sgd final : public Optimizer {
 public:
  void fields(Fields& f) override {
    f.optional("lr", lr_, "learning rate", positive());
    f.optional("momentum", momentum_, "share of the last change that is kept; 0: none", fraction());
    f.optional("nesterov", nesterov_, "look ahead along the momentum");
    f.optional("weight_decay", weight_decay_, "L2 penalty, added to the gradient", at_least(0));
    f.optional("decay_bias_and_norm", decay_bias_and_norm_, "weight decay also on biases, scales and shifts");
    f.check(!nesterov_ || momentum_ > 0, "nesterov", "nesterov needs a momentum above 0");
  }

  double lr() const override { return lr_; }
  bool decays_bias_and_norm() const override { return decay_bias_and_norm_; }
  std::vector<std::string_view> states() const override {
    return momentum_ > 0 ? std::vector<std::string_view>{"momentum"} : std::vector<std::string_view>{};
  }

  void step(const Step& s) const override {
    real* const momenta = momentum_ > 0 ? s.state[0] : nullptr;
    for_each_range(s, [&](std::int64_t begin, std::int64_t end, const Segment& segment) {
      const kernels::Sgd rule{.lr = static_cast<real>(s.lr * segment.rate),
                              .momentum = static_cast<real>(momentum_),
                              .decay = static_cast<real>(weight_decay_ * segment.decay),
                              .scale = static_cast<real>(s.gradient_scale),
                              .nesterov = nesterov_};
      kernels::sgd_update(rule, end - begin, s.values + begin, s.gradients.at(begin),
                          momenta != nullptr ? momenta + begin : nullptr);
    });
  }

 private:
  double lr_ = 0.01, momentum_ = 0, weight_decay_ = 0;
  bool nesterov_ = false, decay_bias_and_norm_ = true;
};

}  // namespace

constexpr Kind<Optimizer> kSgdKind = kind_of<Optimizer, Sgd>(
    "sgd",
    "gradient descent with momentum, Nesterov's too\n"
    "v = momentum * v + g; w -= lr * v (nesterov: w -= lr * (g + momentum * v))\n"
    "Sutskever et al., \"On the importance of initialization and momentum in deep learning\", ICML 2013",
    "{lr: 0.05, momentum: 0.9, weight_decay: 5e-4}");

}  // namespace cnnctl
