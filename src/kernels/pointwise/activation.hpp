// Elementwise activations, as functions of one number and, for the gradient, of the output alone.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// An activation whose derivative can be computed from its output, so that it may overwrite its input:
/// relu, leaky_relu (slope >= 0), elu (alpha > 0), sigmoid, tanh; `none` is the identity.
struct Activation {
  enum class Type { none, relu, leaky_relu, elu, sigmoid, tanh };
  Type type = Type::none;
  real slope = 0;  // leaky_relu: negative slope; elu: alpha

  bool operator==(const Activation&) const = default;
};

/// y = act(x); x and y hold `count` values and may be the same array.
void activate(const Workers& workers, Activation act, std::int64_t count, const real* x, real* y);

/// dx = dy * act'(x), from the output y; `accumulate`: dx += that. dx may be dy.
void activate_grad(const Workers& workers, Activation act, std::int64_t count, const real* y, const real* dy, real* dx,
                   bool accumulate);

/// The same on one range, for use inside a task.
void activate_range(Activation act, std::int64_t count, const real* x, real* y);
void activate_grad_range(Activation act, std::int64_t count, const real* y, const real* dy, real* dx, bool accumulate);

}  // namespace cnnctl::kernels
