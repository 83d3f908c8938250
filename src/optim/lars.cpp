// lars - momentum with a rate for each parameter, from its norm and its gradient's.
// You, Gitman and Ginsburg, "Large batch training of convolutional networks", 2017, algorithm 1.
#include "kernels/pointwise/update.hpp"
#include "optim/catalog.hpp"
#include "optim/update.hpp"

namespace cnnctl {
namespace {

/// rate = lr * trust_coefficient * |w| / (|g| + decay * |w|);  v = momentum * v + rate * (g + decay * w);  w -= v.
/// As in the paper, the momentum keeps changes, not gradients: a falling rate does not shrink those of the past.
class Lars final : public Optimizer {
 public:
  void fields(Fields& f) override {
    f.optional("lr", lr_, "learning rate; that of a parameter is lr * trust_coefficient * its norm / its gradient's",
               positive());
    f.optional("momentum", momentum_, "share of the last change that is kept; 0: none", fraction());
    f.optional("trust_coefficient", trust_, "share of its norm by which a step of lr 1 changes a parameter, at most",
               positive());
    f.optional("weight_decay", weight_decay_, "L2 penalty, added to the gradient", at_least(0));
    f.optional("decay_bias_and_norm", decay_bias_and_norm_,
               "weight decay and adapted rates also for biases, scales and shifts");
  }

  double lr() const override { return lr_; }
  bool decays_bias_and_norm() const override { return decay_bias_and_norm_; }
  std::vector<std::string_view> states() const override {
    return momentum_ > 0 ? std::vector<std::string_view>{"momentum"} : std::vector<std::string_view>{};
  }

  bool by_value() const override { return false; }
  void step(const Step& s) const override {
    for (const Segment& parameter : parameters_of(s)) step(s, parameter);
  }

 private:
  void step(const Step& s, const Segment& p) const {
    const double norm = norm_of(s.workers, p, s.values + p.begin);
    const double gradient = s.gradient_scale * norm_of(s.workers, p, s.gradients.at(p.begin));
    const double decay = weight_decay_ * p.decay;
    const double rate = s.lr * p.rate * trust_ratio(p, trust_ * norm, gradient + decay * norm);
    const kernels::Sgd rule{.lr = 1,
                            .momentum = static_cast<real>(momentum_),
                            .decay = static_cast<real>(rate * decay),
                            .scale = static_cast<real>(rate * s.gradient_scale),
                            .nesterov = false};
    real* const momenta = momentum_ > 0 ? s.state[0] : nullptr;
    for_each_range(s.workers, p, [&](std::int64_t begin, std::int64_t end) {
      kernels::sgd_update(rule, end - begin, s.values + begin, s.gradients.at(begin),
                          momenta != nullptr ? momenta + begin : nullptr);
    });
  }

  double lr_ = 1, momentum_ = 0.9, trust_ = 1e-3, weight_decay_ = 0;
  bool decay_bias_and_norm_ = false;
};

}  // namespace

constexpr Kind<Optimizer> kLarsKind = kind_of<Optimizer, Lars>(
    "lars",
    "momentum with a rate for each parameter, for very large batches\n"
    "v = momentum*v + lr * trust_coefficient * |w| / (|g| + decay*|w|) * (g + decay*w); w -= v\n"
    "You, Gitman, Ginsburg, \"Large batch training of convolutional networks\", 2017",
    "{lr: 5, weight_decay: 1e-4}");

}  // namespace cnnctl
