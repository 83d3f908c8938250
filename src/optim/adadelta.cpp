// adadelta - gradients in the unit of the changes that they made, as torch.optim.Adadelta.
// Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
#include <cmath>

#include "optim/catalog.hpp"
#include "optim/update.hpp"

namespace cnnctl {
namespace {

class Adadelta final : public Optimizer {
 public:
  void fields(Fields& f) override {
    f.optional("lr", lr_, "factor of every change", positive());
    f.optional("rho", rho_, "decay rate of the running means of squared gradients and changes", fraction());
    f.optional("eps", eps_, "added to both means, so that the first change is not zero", positive());
    f.optional("weight_decay", weight_decay_, "L2 penalty, added to the gradient", at_least(0));
    f.optional("decay_bias_and_norm", decay_bias_and_norm_, "weight decay also on biases, scales and shifts");
  }

  double lr() const override { return lr_; }
  bool decays_bias_and_norm() const override { return decay_bias_and_norm_; }
  std::vector<std::string_view> states() const override { return {"square_avg", "acc_delta"}; }

  void step(const Step& s) const override {
    for_each_range(s, [&](std::int64_t begin, std::int64_t end, const Segment& segment) {
      const auto rate = static_cast<real>(s.lr * segment.rate), little = static_cast<real>(eps_);
      const auto decay = static_cast<real>(weight_decay_ * segment.decay), scale = static_cast<real>(s.gradient_scale);
      const auto keep = static_cast<real>(rho_), rest = static_cast<real>(1 - rho_);
      const real* const gradients = s.gradients.at(begin);
      real* const values = s.values + begin;
      real* const squares = s.state[0] + begin;
      real* const changes = s.state[1] + begin;
      for (std::int64_t i = 0; i < end - begin; ++i) {
        const real g = scale * gradients[i] + decay * values[i];
        squares[i] = keep * squares[i] + rest * (g * g);
        const real change = std::sqrt(changes[i] + little) / std::sqrt(squares[i] + little) * g;
        changes[i] = keep * changes[i] + rest * (change * change);
        values[i] -= rate * change;
      }
    });
  }

 private:
  double lr_ = 1, rho_ = 0.9, eps_ = 1e-6, weight_decay_ = 0;
  bool decay_bias_and_norm_ = true;
};

}  // namespace

constexpr Kind<Optimizer> kAdadeltaKind = kind_of<Optimizer, Adadelta>(
    "adadelta",
    "gradients scaled by the changes that they have made; hardly needs a rate\n"
    "v = rho*v + (1-rho)*g^2; d = sqrt(u + eps) / sqrt(v + eps) * g; u = rho*u + (1-rho)*d^2; w -= lr * d\n"
    "Zeiler, \"ADADELTA\", 2012",
    "{lr: 1, rho: 0.95}");

}  // namespace cnnctl
