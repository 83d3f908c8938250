// Products of a batch of vectors with a weight matrix, (out, in) as PyTorch stores it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/workers.hpp"
#include "kernels/activation.hpp"
#include "tensor/shape.hpp"

namespace cnnctl::kernels {

struct LinearGeometry {
  std::int64_t n, in, out;
};

/// Bytes that each worker needs for `linear`: room for one group of rows.
std::size_t linear_scratch(const LinearGeometry& g);

/// y (n,out) = act(x (n,in) * w_transposed (in,out) + bias); bias may be null. A row's result does not depend on the
/// others.
void linear(const Workers& workers, const LinearGeometry& g, const real* x, const real* w_transposed, const real* bias,
            Activation activation, real* y, std::byte* worker_scratch, std::size_t worker_bytes);

/// dx (n,in) = dy (n,out) * w, or dx +=.
void linear_input_gradient(const Workers& workers, const LinearGeometry& g, const real* dy, const real* w, real* dx,
                           bool accumulate);

/// dw (out,in) = dy' * x.
void linear_weight_gradient(const Workers& workers, const LinearGeometry& g, const real* x, const real* dy, real* dw);

}  // namespace cnnctl::kernels
