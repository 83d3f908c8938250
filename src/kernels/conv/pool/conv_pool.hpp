// Convolution of few channels with max pooling behind it, in windows of 2x2 side by side: y = act(max_pool(conv(x))).
// The convolution's result exists for one image at a time, and its gradient never does: three of four values of that
// are zero, so the gradients of weights and input are sums over the winners alone. Knows NHWC images; knows no layer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/workers.hpp"
#include "kernels/conv/algorithm.hpp"

namespace cnnctl::kernels {

// Throughout `g` is the convolution's geometry; the result is (N, OH/2, OW/2, K), and what a window of 2x2 does not
// reach is never seen.

/// Whether these functions take the geometry, and are faster than one after the other.
bool conv_pool_applies(const ConvGeometry& g);

/// Bytes of the winners' places, as in max_pool.
std::size_t conv_pool_winners(const ConvGeometry& g);

/// Bytes of one worker.
std::size_t conv_pool_bytes(const ConvGeometry& g);
std::size_t conv_pool_weight_bytes(const ConvGeometry& g);
std::size_t conv_pool_input_bytes(const ConvGeometry& g);

/// y = act(max_pool(conv(x, w) + bias)); bias (K) may be null, `winners` too when no gradient is wanted.
void conv_pool(const Workers& workers, const ConvGeometry& g, const real* x, const real* w, const real* bias,
               Activation activation, real* y, std::byte* winners, const ConvScratch& scratch);

/// As ConvWeightGradient's; `dy` is the gradient of the largest values, (N, OH/2, OW/2, K).
std::int64_t conv_pool_sum_values(const ConvGeometry& g);
void conv_pool_add_weights(const ConvGeometry& g, const real* x, const real* dy, const std::byte* winners, real* sum,
                           std::byte* scratch);
void conv_pool_join_weights(const Workers& workers, const ConvGeometry& g, std::int64_t sums, real* all, real* dw);

/// prepared (conv_pool_sum_values) = the weights as the input gradient reads them.
void conv_pool_prepare_input(const ConvGeometry& g, const real* w, real* prepared);
/// dx = what the winners send back, or dx +=.
void conv_pool_input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const std::byte* winners,
                              const real* prepared, real* dx, bool accumulate, const ConvScratch& scratch);

}  // namespace cnnctl::kernels
