#include "contract/optimizer_cases.hpp"

#include <algorithm>
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

/// Reddi, Kale and Kumar (2018), algorithm 2, as in the documentation of torch.optim.Adam.
Formula amsgrad(double beta1, double beta2, double eps, double weight_decay) {
  return [=](Trained& p, const Doubles& gradient, int t, double lr, double decay) {
    for (std::size_t i = 0; i < p.w.size(); ++i) {
      const double g = gradient[i] + weight_decay * decay * p.w[i];
      double &m = p.state[0][i], &v = p.state[1][i], &largest = p.state[2][i];
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      largest = std::max(largest, v);
      p.w[i] -= lr * (m / (1 - std::pow(beta1, t))) / (std::sqrt(largest / (1 - std::pow(beta2, t))) + eps);
    }
  };
}

/// The algorithm in the documentation of torch.optim.Adamax.
Formula adamax(double beta1, double beta2, double eps, double weight_decay) {
  return [=](Trained& p, const Doubles& gradient, int t, double lr, double decay) {
    for (std::size_t i = 0; i < p.w.size(); ++i) {
      const double g = gradient[i] + weight_decay * decay * p.w[i];
      double &m = p.state[0][i], &u = p.state[1][i];
      m = beta1 * m + (1 - beta1) * g;
      u = std::max(beta2 * u, std::abs(g) + eps);
      p.w[i] -= lr * m / ((1 - std::pow(beta1, t)) * u);
    }
  };
}

/// The algorithm in the documentation of torch.optim.NAdam.
Formula nadam(double beta1, double beta2, double eps, double weight_decay, double psi) {
  const auto mu = [=](int t) { return beta1 * (1 - 0.5 * std::pow(0.96, t * psi)); };
  return [=](Trained& p, const Doubles& gradient, int t, double lr, double decay) {
    double product = 1;
    for (int i = 1; i <= t; ++i) product *= mu(i);
    for (std::size_t i = 0; i < p.w.size(); ++i) {
      const double g = gradient[i] + weight_decay * decay * p.w[i];
      double &m = p.state[0][i], &v = p.state[1][i];
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const double mean = mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) * g / (1 - product);
      p.w[i] -= lr * mean / (std::sqrt(v / (1 - std::pow(beta2, t))) + eps);
    }
  };
}

/// The algorithm in the documentation of torch.optim.RAdam.
Formula radam(double beta1, double beta2, double eps, double weight_decay) {
  return [=](Trained& p, const Doubles& gradient, int t, double lr, double decay) {
    const double longest = 2 / (1 - beta2) - 1;
    const double length = longest - 2 * t * std::pow(beta2, t) / (1 - std::pow(beta2, t));
    for (std::size_t i = 0; i < p.w.size(); ++i) {
      const double g = gradient[i] + weight_decay * decay * p.w[i];
      double &m = p.state[0][i], &v = p.state[1][i];
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const double mean = m / (1 - std::pow(beta1, t));
      if (length > 5) {
        const double l = std::sqrt(1 - std::pow(beta2, t)) / (std::sqrt(v) + eps);
        const double r = std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
        p.w[i] -= lr * mean * r * l;
      } else {
        p.w[i] -= lr * mean;
      }
    }
  };
}

/// The algorithm in the documentation of torch.optim.Adadelta.
Formula adadelta(double rho, double eps, double weight_decay) {
  return [=](Trained& p, const Doubles& gradient, int, double lr, double decay) {
    for (std::size_t i = 0; i < p.w.size(); ++i) {
      const double g = gradient[i] + weight_decay * decay * p.w[i];
      double &v = p.state[0][i], &u = p.state[1][i];
      v = rho * v + (1 - rho) * g * g;
      const double change = std::sqrt(u + eps) / std::sqrt(v + eps) * g;
      u = rho * u + (1 - rho) * change * change;
      p.w[i] -= lr * change;
    }
  };
}

/// Chen et al. (2023), algorithm 2.
Formula lion(double beta1, double beta2, double weight_decay) {
  return [=](Trained& p, const Doubles& g, int, double lr, double decay) {
    for (std::size_t i = 0; i < p.w.size(); ++i) {
      double& m = p.state[0][i];
      const double c = beta1 * m + (1 - beta1) * g[i];
      p.w[i] -= lr * ((c > 0 ? 1 : c < 0 ? -1 : 0) + weight_decay * decay * p.w[i]);
      m = beta2 * m + (1 - beta2) * g[i];
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
      {"adam", "{lr: 0.03, betas: [0.8, 0.7], eps: 1e-3, amsgrad: true, weight_decay: 0.1}",
       amsgrad(0.8, 0.7, 1e-3, 0.1), true},
      {"adamax", "{lr: 0.05}", adamax(0.9, 0.999, 1e-8, 0)},
      {"adamax", "{lr: 0.05, betas: [0.8, 0.9], eps: 0.01, weight_decay: 0.1}", adamax(0.8, 0.9, 0.01, 0.1), true},
      {"nadam", "{lr: 0.03}", nadam(0.9, 0.999, 1e-8, 0, 4e-3)},
      {"nadam", "{lr: 0.03, betas: [0.8, 0.95], eps: 0.01, weight_decay: 0.1, momentum_decay: 0.2}",
       nadam(0.8, 0.95, 0.01, 0.1, 0.2), true},
      {"radam", "{lr: 0.1}", radam(0.9, 0.999, 1e-8, 0)},
      {"radam", "{lr: 0.03, betas: [0.8, 0.95], eps: 0.01, weight_decay: 0.1}", radam(0.8, 0.95, 0.01, 0.1), true},
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
      {"adadelta", "{lr: 5}", adadelta(0.9, 1e-6, 0)},
      {"adadelta", "{lr: 2, rho: 0.8, eps: 1e-3, weight_decay: 0.1}", adadelta(0.8, 1e-3, 0.1), true},
      {"lion", "{lr: 0.03}", lion(0.9, 0.99, 0)},
      {"lion", "{lr: 0.03, betas: [0.5, 0.9], weight_decay: 0.2}", lion(0.5, 0.9, 0.2), true},
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
