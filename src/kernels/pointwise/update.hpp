// One fused pass of an optimizer over a range: reads values, gradients and state once, writes values and state once.
// Products and sums are rounded one by one, so every vector width gives the same bits.
#pragma once

#include <cstdint>

#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// SGD as torch.optim.SGD: g = scale * dw + decay * w; v = momentum * v + g; w -= lr * v, or with Nesterov's method
/// w -= lr * (g + momentum * v). `momenta` (count) is null when momentum is 0.
struct Sgd {
  real lr, momentum, decay, scale;
  bool nesterov;
};
void sgd_update(const Sgd& rule, std::int64_t count, real* values, const real* gradients, real* momenta);

/// Adam as torch.optim.Adam and AdamW: w *= shrink; g = scale * dw + decay * w;
/// m = m + (g - m) * (1 - beta1); v = beta2 * v + (1 - beta2) * g^2; w -= rate * m / (sqrt(v) / root + eps).
struct Adam {
  real one_minus_beta1, beta2, one_minus_beta2, eps, decay, scale;
  real shrink;  // 1 - lr * decay for decoupled decay, else 1
  real rate;    // lr / (1 - beta1^t)
  real root;    // sqrt(1 - beta2^t)
};
void adam_update(const Adam& rule, std::int64_t count, real* values, const real* gradients, real* first, real* second);

/// LAMB, which moves along u = m / (1 - beta1^t) / (sqrt(v) / root + eps) + decay * w by a rate that takes the norm of
/// all u of a parameter. `lamb_moments` updates m and v as Adam does and writes u (count); `lamb_update` computes u
/// once more: w -= rate * u.
struct Lamb {
  real one_minus_beta1, beta2, one_minus_beta2, eps, decay, scale;
  real share;  // 1 / (1 - beta1^t)
  real root;   // sqrt(1 - beta2^t)
};
void lamb_moments(const Lamb& rule, std::int64_t count, const real* values, const real* gradients, real* first,
                  real* second, real* u);
void lamb_update(const Lamb& rule, real rate, std::int64_t count, real* values, const real* first, const real* second);

}  // namespace cnnctl::kernels
