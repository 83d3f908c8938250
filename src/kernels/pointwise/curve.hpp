// Elementwise functions of one number whose gradient needs that number: what activation.hpp does not cover.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// y = curve(x), after PyTorch's functions of these names.
struct Curve {
  enum class Type {
    clamp,         // x within [a, b]: relu6, hard_tanh
    hard_sigmoid,  // clamp(x + 3, 0, 6) / 6
    hard_swish,    // x * hard_sigmoid(x)
    silu,          // x * sigmoid(x)
    mish,          // x * tanh(softplus(x))
    gelu,          // x * Phi(x), of the normal distribution
    gelu_tanh,     // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))
    softplus,      // log(1 + e^(a x)) / a, and x itself where a x is above b
    softsign,      // x / (1 + |x|)
    scaled_elu,    // a x above zero, a b (e^x - 1) below: selu
    celu,          // x above zero, a (e^(x / a) - 1) below
  };
  Type type = Type::clamp;
  real a = 0, b = 0;
};

/// x and y hold `count` values and may be the same array.
void curve(const Workers& workers, const Curve& curve, std::int64_t count, const real* x, real* y);

/// dx = dy * curve'(x); `accumulate`: dx += that. dx may be dy.
void curve_grad(const Workers& workers, const Curve& curve, std::int64_t count, const real* x, const real* dy, real* dx,
                bool accumulate);

}  // namespace cnnctl::kernels
