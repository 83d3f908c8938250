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

/// The same bits from w itself, for weights that no cache holds; each worker has kPackedValues of `scratch`.
void linear_packing(const Workers& workers, const LinearGeometry& g, const real* x, const real* w, const real* bias,
                    Activation activation, real* y, FunctionRef<real*(int worker)> scratch);

/// dx (n,in) = dy (n,out) * w, or dx +=.
void linear_input_gradient(const Workers& workers, const LinearGeometry& g, const real* dy, const real* w, real* dx,
                           bool accumulate);

/// Some rows of the weights, or all.
struct LinearRows {
  std::int64_t first, count;
};

/// dw = dy' * x: these rows of (out,in), of which the first one stands at dw. A row's result does not depend on the
/// others.
void linear_weight_gradient(const Workers& workers, const LinearGeometry& g, LinearRows rows, const real* x,
                            const real* dy, real* dw);
inline void linear_weight_gradient(const Workers& workers, const LinearGeometry& g, const real* x, const real* dy,
                                   real* dw) {
  linear_weight_gradient(workers, g, {0, g.out}, x, dy, dw);
}

}  // namespace cnnctl::kernels
