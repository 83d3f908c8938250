// radam - Adam that trusts its mean square only once it has seen enough, as torch.optim.RAdam.
// Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020.
#include <cmath>

#include "optim/catalog.hpp"
#include "optim/moments.hpp"
#include "optim/update.hpp"

namespace cnnctl {
namespace {

class Radam final : public MomentsOptimizer {
 public:
  Radam() : MomentsOptimizer(Defaults()) {}

  void step(const Step& s) const override {
    const auto t = static_cast<double>(s.step + 1);
    const double first = 1 - std::pow(beta1(), t), power = std::pow(beta2(), t), second = 1 - power;
    const double longest = 2 / (1 - beta2()) - 1, length = longest - 2 * t * power / second;
    const bool trusts = length > 5;
    const double rectified =
        trusts ? std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) : 1;
    for_each_range(s, [&](std::int64_t begin, std::int64_t end, const Segment& segment) {
      const double plain = s.lr * segment.rate / first;
      const auto rate = static_cast<real>(trusts ? plain * rectified * std::sqrt(second) : plain);
      const auto decay = static_cast<real>(weight_decay() * segment.decay), scale = static_cast<real>(s.gradient_scale);
      const auto rest = static_cast<real>(1 - beta1()), keep = static_cast<real>(beta2());
      const auto rest2 = static_cast<real>(1 - beta2()), little = static_cast<real>(eps());
      const real* const gradients = s.gradients.at(begin);
      real* const values = s.values + begin;
      real* const means = s.state[0] + begin;
      real* const squares = s.state[1] + begin;
      for (std::int64_t i = 0; i < end - begin; ++i) {
        const real g = scale * gradients[i] + decay * values[i];
        means[i] += (g - means[i]) * rest;
        squares[i] = keep * squares[i] + rest2 * (g * g);
        values[i] -= rate * (trusts ? means[i] / (std::sqrt(squares[i]) + little) : means[i]);
      }
    });
  }
};

}  // namespace

constexpr Kind<Optimizer> kRadamKind =
    kind_of<Optimizer, Radam>("radam",
                              "adaptive moments that begin as plain momentum: a warm-up without a number to choose\n"
                              "as adam, its step times the rectification r(t); without v while r(t) is not defined\n"
                              "Liu et al., \"On the variance of the adaptive learning rate and beyond\", ICLR 2020",
                              "{lr: 1e-3}");

}  // namespace cnnctl
