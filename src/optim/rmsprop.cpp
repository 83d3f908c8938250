// rmsprop - gradients divided by the root of their running mean square, as torch.optim.RMSprop.
// Hinton, "Neural networks for machine learning", lecture 6e, 2012; centred as in Graves, "Generating sequences with
// recurrent neural networks", 2013.
#include <algorithm>
#include <cmath>

#include "optim/catalog.hpp"
#include "optim/update.hpp"

namespace cnnctl {
namespace {

class Rmsprop final : public Optimizer {
 public:
  void fields(Fields& f) override {
    f.optional("lr", lr_, "learning rate", positive());
    f.optional("alpha", alpha_, "decay rate of the running mean of the squared gradient", fraction());
    f.optional("eps", eps_, "added to the root of the mean, against division by zero", positive());
    f.optional("momentum", momentum_, "share of the last change that is kept; 0: none", fraction());
    f.optional("centered", centered_, "divide by the deviation from the mean gradient, not by the mean square's root");
    f.optional("weight_decay", weight_decay_, "L2 penalty, added to the gradient", at_least(0));
    f.optional("decay_bias_and_norm", decay_bias_and_norm_, "weight decay also on biases, scales and shifts");
  }

  double lr() const override { return lr_; }
  bool decays_bias_and_norm() const override { return decay_bias_and_norm_; }
  std::vector<std::string_view> states() const override {
    std::vector<std::string_view> names{"square_avg"};
    if (momentum_ > 0) names.push_back("momentum");
    if (centered_) names.push_back("grad_avg");
    return names;
  }

  void step(const Step& s) const override {
    for_each_range(s, [&](std::int64_t begin, std::int64_t end, const Segment& segment) {
      if (centered_)
        update<true>(s, begin, end - begin, segment);
      else
        update<false>(s, begin, end - begin, segment);
    });
  }

 private:
  template <bool centered>
  void update(const Step& s, std::int64_t begin, std::int64_t count, const Segment& segment) const {
    const auto lr = static_cast<real>(s.lr * segment.rate), decay = static_cast<real>(weight_decay_ * segment.decay);
    const auto scale = static_cast<real>(s.gradient_scale), eps = static_cast<real>(eps_);
    const auto alpha = static_cast<real>(alpha_), rest = static_cast<real>(1 - alpha_);
    const auto momentum = static_cast<real>(momentum_);
    const real* const gradients = s.gradients.at(begin);
    real* const values = s.values + begin;
    real* const squares = s.state[0] + begin;
    real* const changes = momentum_ > 0 ? s.state[1] + begin : nullptr;
    real* const means = centered ? s.state.back() + begin : nullptr;
    for (std::int64_t i = 0; i < count; ++i) {
      const real g = scale * gradients[i] + decay * values[i];
      real square = squares[i] = alpha * squares[i] + rest * (g * g);
      if constexpr (centered) {
        means[i] += (g - means[i]) * rest;
        square = std::max(real{0}, square - means[i] * means[i]);  // below zero by rounding alone
      }
      real change = g / (std::sqrt(square) + eps);
      if (changes != nullptr) change = changes[i] = momentum * changes[i] + change;
      values[i] -= lr * change;
    }
  }

  double lr_ = 1e-2, alpha_ = 0.99, eps_ = 1e-8, momentum_ = 0, weight_decay_ = 0;
  bool centered_ = false, decay_bias_and_norm_ = true;
};

}  // namespace

constexpr Kind<Optimizer> kRmspropKind = kind_of<Optimizer, Rmsprop>(
    "rmsprop",
    "gradients divided by their running root mean square\n"
    "v = alpha*v + (1-alpha)*g^2; w -= lr * g / (sqrt(v) + eps) (centered: v less the squared mean of g)\n"
    "Tieleman, Hinton, Coursera lecture 6.5, 2012; Graves, 2013 (centered)",
    "{lr: 0.001, alpha: 0.9, momentum: 0.9}");

}  // namespace cnnctl
