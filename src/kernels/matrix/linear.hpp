// Products of a batch of vectors with a weight matrix, (out, in) as PyTorch stores it.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "kernels/pointwise/activation.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

struct LinearGeometry {
  std::int64_t n, in, out;
};

/// panels = w' (in,out) in panels of kPanel columns, one behind the other, each (in, its width), as Products packs B.
void linear_pack(const Workers& workers, const LinearGeometry& g, const real* w, real* panels);

/// y (n,out) = act(x (n,in) * w' + bias), with w from linear_pack; bias may be null. A row's result does not depend on
/// the others.
void linear(const Workers& workers, const LinearGeometry& g, const real* x, const real* panels, const real* bias,
            Activation activation, real* y);

/// dx (n,in) = dy (n,out) * w, or dx +=.
void linear_input_gradient(const Workers& workers, const LinearGeometry& g, const real* dy, const real* w, real* dx,
                           bool accumulate);

/// dw (out,in) = dy' * x.
void linear_weight_gradient(const Workers& workers, const LinearGeometry& g, const real* x, const real* dy, real* dw);

}  // namespace cnnctl::kernels
