// lion - the sign of a mean of gradients, the same step for every value.
// Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023, algorithm 2.
#include "optim/catalog.hpp"
#include "optim/update.hpp"

namespace cnnctl {
namespace {

class Lion final : public Optimizer {
 public:
  void fields(Fields& f) override {
    f.optional("lr", lr_, "learning rate, a tenth of what Adam takes", positive());
    f.optional("betas", betas_, "shares of the mean in the direction, and in the next mean", fraction());
    f.optional("weight_decay", weight_decay_, "share of lr by which weights shrink each step, apart from the gradient",
               at_least(0));
    f.optional("decay_bias_and_norm", decay_bias_and_norm_, "weight decay also on biases, scales and shifts");
    f.check(betas_.size() == 2, "betas", "betas takes two numbers: [0.9, 0.99]");
  }

  double lr() const override { return lr_; }
  bool decays_bias_and_norm() const override { return decay_bias_and_norm_; }
  std::vector<std::string_view> states() const override { return {"exp_avg"}; }

  void step(const Step& s) const override {
    for_each_range(s, [&](std::int64_t begin, std::int64_t end, const Segment& segment) {
      const double lr = s.lr * segment.rate;
      const auto rate = static_cast<real>(lr), shrink = static_cast<real>(1 - lr * weight_decay_ * segment.decay);
      const auto scale = static_cast<real>(s.gradient_scale);
      const auto of_direction = static_cast<real>(1 - betas_[0]), of_mean = static_cast<real>(1 - betas_[1]);
      const real* const gradients = s.gradients.at(begin);
      real* const values = s.values + begin;
      real* const means = s.state[0] + begin;
      for (std::int64_t i = 0; i < end - begin; ++i) {
        const real g = scale * gradients[i], direction = means[i] + (g - means[i]) * of_direction;
        const real sign = static_cast<real>(direction > 0) - static_cast<real>(direction < 0);
        values[i] = values[i] * shrink - rate * sign;
        means[i] += (g - means[i]) * of_mean;
      }
    });
  }

 private:
  double lr_ = 1e-4, weight_decay_ = 0;
  std::vector<double> betas_{0.9, 0.99};
  bool decay_bias_and_norm_ = true;
};

}  // namespace

constexpr Kind<Optimizer> kLionKind =
    kind_of<Optimizer, Lion>("lion",
                             "the sign of a mean of gradients: one array of state\n"
                             "w -= lr * sign(b1*m + (1-b1)*g); m = b2*m + (1-b2)*g\n"
                             "Chen et al., \"Symbolic discovery of optimization algorithms\", NeurIPS 2023",
                             "{lr: 1e-4, weight_decay: 0.1}");

}  // namespace cnnctl
