// adamax - Adam with the largest gradient in place of the mean square, as torch.optim.Adamax.
// Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, section 7.1.
#include <algorithm>
#include <cmath>

#include "optim/catalog.hpp"
#include "optim/moments.hpp"
#include "optim/update.hpp"

namespace cnnctl {
namespace {

class Adamax final : public MomentsOptimizer {
 public:
  Adamax() : MomentsOptimizer({.lr = 2e-3}) {}

  std::vector<std::string_view> states() const override { return {"exp_avg", "exp_inf"}; }

  void step(const Step& s) const override {
    const double share = 1 - std::pow(beta1(), static_cast<double>(s.step + 1));
    for_each_range(s, [&](std::int64_t begin, std::int64_t end, const Segment& segment) {
      const auto rate = static_cast<real>(s.lr * segment.rate / share);
      const auto decay = static_cast<real>(weight_decay() * segment.decay), scale = static_cast<real>(s.gradient_scale);
      const auto rest = static_cast<real>(1 - beta1()), keep = static_cast<real>(beta2());
      const auto least = static_cast<real>(eps());
      const real* const gradients = s.gradients.at(begin);
      real* const values = s.values + begin;
      real* const means = s.state[0] + begin;
      real* const largest = s.state[1] + begin;
      for (std::int64_t i = 0; i < end - begin; ++i) {
        const real g = scale * gradients[i] + decay * values[i];
        means[i] += (g - means[i]) * rest;
        largest[i] = std::max(keep * largest[i], std::abs(g) + least);
        values[i] -= rate * (means[i] / largest[i]);
      }
    });
  }
};

}  // namespace

constexpr Kind<Optimizer> kAdamaxKind =
    kind_of<Optimizer, Adamax>("adamax",
                               "mean gradients divided by the largest of the past, which fades\n"
                               "m = b1*m + (1-b1)*g; u = max(b2*u, |g| + eps); w -= lr / (1-b1^t) * m / u\n"
                               "Kingma, Ba, \"Adam\", ICLR 2015, section 7",
                               "{lr: 2e-3}");

}  // namespace cnnctl
