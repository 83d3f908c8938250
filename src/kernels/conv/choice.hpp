// Which algorithm computes a convolution: decided by the geometry alone, so that it is the same for every machine load
// and thread count; `bench --layers` prints it.
#pragma once

#include <span>

#include "kernels/conv/families.hpp"

namespace cnnctl::kernels {

/// All algorithms of each pass, in order of preference.
std::span<const ConvForward* const> conv_forwards();
std::span<const ConvInputGradient* const> conv_input_gradients();
std::span<const ConvWeightGradient* const> conv_weight_gradients();

/// The algorithm for a geometry, the first that takes it; `winograd` false forbids the fast algorithm with the larger
/// rounding error.
const ConvForward& choose_forward(const ConvGeometry& g, bool winograd);
const ConvInputGradient& choose_input_gradient(const ConvGeometry& g, bool winograd);
const ConvWeightGradient& choose_weight_gradient(const ConvGeometry& g, bool winograd);

}  // namespace cnnctl::kernels
