// What is learnt about pictures before training: the mean and deviation of their channels.
#pragma once

#include <cstdint>
#include <span>

#include "base/workers.hpp"
#include "data/pipeline.hpp"
#include "data/samples.hpp"

namespace cnnctl {

/// Measures mean and standard deviation of each channel of the input column over the given samples: of pixels exactly
/// (integer sums), of other numbers in double in an order of its own. A channel without variation gets a deviation
/// of 1. Reads every sample once. Throws the DataError of the first one, in the order of `indices`, that cannot be
/// read.
Normalization measure(const Samples& samples, std::span<const std::uint32_t> indices, const Workers& workers);

}  // namespace cnnctl
