#include "contract/optimizer_cases.hpp"

#include <cmath>

#include "contract/examples.hpp"

namespace cnnctl::testing {
namespace {

/// The algorithm in the documentation of torch.optim.SGD, dampening 0.
Formula sgd(double momentum, bool nesterov, double weight_decay) {
  return [=](Trained& p, const Doubles& gradient, int t, double lr, double decay) {
    for (std::size_t i = 0; i < p.w.size(); ++i) {
      double g = gradient[i] + weight_decay * decay * p.w[i];
      if (momentum != 0) {
        double& b = p.state[0][i];
        b = t > 1 ? momentum * b + g : g;
        g = nesterov ? g + momentum * b : b;
      }
      p.w[i] -= lr * g;
    }
  };
}

/// Kingma and Ba (2015), algorithm 1, L2 as in the documentation of torch.optim.Adam; `decoupled`: Loshchilov and
/// Hutter (2019), algorithm 2, as in that of torch.optim.AdamW, where the rate multiplies the decay.
Formula adam(double beta1, double beta2, double eps, double weight_decay, bool decoupled) {
  return [=](Trained& p, const Doubles& gradient, int t, double lr, double decay) {
    for (std::size_t i = 0; i < p.w.size(); ++i) {
      const double g = gradient[i] + (decoupled ? 0 : weight_decay * decay * p.w[i]);
      if (decoupled) p.w[i] -= lr * weight_decay * decay * p.w[i];
      double &m = p.state[0][i], &v = p.state[1][i];
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      p.w[i] -= lr * (m / (1 - std::pow(beta1, t))) / (std::sqrt(v / (1 - std::pow(beta2, t))) + eps);
    }
  };
}

/// The algorithm in the documentation of torch.optim.RMSprop.
Formula rmsprop(double alpha, double eps, double momentum, bool centered, double weight_decay) {
  return [=](Trained& p, const Doubles& gradient, int, double lr, double decay) {
    for (std::size_t i = 0; i < p.w.size(); ++i) {
      const double g = gradient[i] + weight_decay * decay * p.w[i];
      double& v = p.state[0][i];
      v = alpha * v + (1 - alpha) * g * g;
      double spread = v;
      if (centered) {
        double& mean = p.state.back()[i];
        mean = alpha * mean + (1 - alpha) * g;
        spread = v - mean * mean;
      }
      const double change = g / (std::sqrt(spread) + eps);
      if (momentum == 0) {
        p.w[i] -= lr * change;
        continue;
      }
      double& b = p.state[1][i];
      b = momentum * b + change;
      p.w[i] -= lr * b;
    }
  };
}

/// The algorithm in the documentation of torch.optim.Adagrad.
Formula adagrad(double lr_decay, double eps, double weight_decay) {
  return [=](Trained& p, const Doubles& gradient, int t, double lr, double decay) {
    for (std::size_t i = 0; i < p.w.size(); ++i) {
      const double g = gradient[i] + weight_decay * decay * p.w[i];
      double& sum = p.state[0][i];
      sum += g * g;
      p.w[i] -= lr / (1 + (t - 1) * lr_decay) * g / (std::sqrt(sum) + eps);
    }
  };
}

double norm(const Doubles& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

/// You, Gitman and Ginsburg (2017), algorithm 1. Without decay a parameter is not adapted (apex: use_nvlamb false).
Formula lars(double momentum, double trust, double weight_decay) {
  return [=](Trained& p, const Doubles& g, int, double lr, double decay) {
    const double size = norm(p.w), change = norm(g) + weight_decay * decay * size;
    const double local = decay != 0 && size > 0 && change > 0 ? trust * size / change : 1;
    for (std::size_t i = 0; i < p.w.size(); ++i) {
      const double step = lr * local * (g[i] + weight_decay * decay * p.w[i]);
      if (momentum == 0) {
        p.w[i] -= step;
        continue;
      }
      double& v = p.state[0][i];
      v = momentum * v + step;
      p.w[i] -= v;
    }
  };
}

/// You et al. (2020), algorithm 2, phi the identity. Without decay a parameter is not adapted.
Formula lamb(double beta1, double beta2, double eps, double weight_decay) {
  return [=](Trained& p, const Doubles& g, int t, double lr, double decay) {
    Doubles u(p.w.size());
    for (std::size_t i = 0; i < u.size(); ++i) {
      double &m = p.state[0][i], &v = p.state[1][i];
      m = beta1 * m + (1 - beta1) * g[i];
      v = beta2 * v + (1 - beta2) * g[i] * g[i];
      u[i] = m / (1 - std::pow(beta1, t)) / (std::sqrt(v / (1 - std::pow(beta2, t))) + eps) +
             weight_decay * decay * p.w[i];
    }
    const double size = norm(p.w), change = norm(u);
    const double ratio = decay != 0 && size > 0 && change > 0 ? size / change : 1;
    for (std::size_t i = 0; i < u.size(); ++i) p.w[i] -= lr * ratio * u[i];
  };
}

}  // namespace

std::string OptimizerCase::text() const { return text_of(kind, yaml); }

// Rates are such that a hundred steps come near to the bottom of a bowl some units away.
const std::vector<OptimizerCase>& optimizer_cases() {
  static const std::vector<OptimizerCase> cases{
      {"sgd", "{lr: 0.05}", sgd(0, false, 0)},
      {"sgd", "{lr: 0.05, momentum: 0.8}", sgd(0.8, false, 0)},
      {"sgd", "{lr: 0.05, weight_decay: 0.1}", sgd(0, false, 0.1), true},
      {"sgd", "{lr: 0.05, momentum: 0.9, nesterov: true, weight_decay: 0.01}", sgd(0.9, true, 0.01), true},
      {"adam", "{lr: 0.03}", adam(0.9, 0.999, 1e-8, 0, false)},
      {"adam", "{lr: 0.03, betas: [0.8, 0.95], eps: 0.01, weight_decay: 0.1}", adam(0.8, 0.95, 0.01, 0.1, false), true},
      {"adam", "{lr: 0.03, betas: [0, 0.9], eps: 1e-3}", adam(0, 0.9, 1e-3, 0, false)},
      {"adamw", "{lr: 0.03}", adam(0.9, 0.999, 1e-8, 0.01, true), true},
      {"adamw", "{lr: 0.03, weight_decay: 0}", adam(0.9, 0.999, 1e-8, 0, true)},
      {"adamw", "{lr: 0.03, betas: [0.7, 0.9], eps: 1e-3, weight_decay: 0.5}", adam(0.7, 0.9, 1e-3, 0.5, true), true},
      {"rmsprop", "{lr: 0.01}", rmsprop(0.99, 1e-8, 0, false, 0)},
      {"rmsprop", "{lr: 0.01, alpha: 0.9, momentum: 0.5}", rmsprop(0.9, 1e-8, 0.5, false, 0)},
      {"rmsprop", "{lr: 0.01, alpha: 0.9, eps: 0.01, centered: true}", rmsprop(0.9, 0.01, 0, true, 0)},
      {"rmsprop", "{lr: 0.01, alpha: 0.8, eps: 0.1, momentum: 0.7, centered: true, weight_decay: 0.1}",
       rmsprop(0.8, 0.1, 0.7, true, 0.1), true},
      {"adagrad", "{lr: 0.3}", adagrad(0, 1e-10, 0)},
      {"adagrad", "{lr: 0.3, lr_decay: 0.1, eps: 0.01, weight_decay: 0.1}", adagrad(0.1, 0.01, 0.1), true},
      {"lars", "{lr: 10}", lars(0.9, 1e-3, 0), false, true, true},
      {"lars", "{lr: 1, momentum: 0, trust_coefficient: 0.02}", lars(0, 0.02, 0), false, true},
      {"lars", "{lr: 0.5, momentum: 0.8, trust_coefficient: 0.02, weight_decay: 0.1}", lars(0.8, 0.02, 0.1), true, true,
       true},
      {"lamb", "{lr: 0.01}", lamb(0.9, 0.999, 1e-6, 0.01), true, true},
      {"lamb", "{lr: 0.01, betas: [0.8, 0.95], eps: 0.01, weight_decay: 0.2}", lamb(0.8, 0.95, 0.01, 0.2), true, true},
      {"lamb", "{lr: 0.01, weight_decay: 0}", lamb(0.9, 0.999, 1e-6, 0), false, true}};
  return cases;
}

}  // namespace cnnctl::testing
