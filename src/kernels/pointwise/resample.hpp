// Arrays made longer or shorter along one axis, by weighted sums of neighbours. Knows lines; knows no rule that gives
// the weights.
#pragma once

#include <cstdint>
#include <vector>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Result i of a line is the sum of weights[i * taps + t] * x[places[i * taps + t]].
struct LineWeights {
  std::int64_t input = 1, output = 1, taps = 1;
  std::vector<std::int32_t> places;
  std::vector<real> weights;
};

/// y (lines, output, width) from x (lines, input, width); `width` values stand side by side.
void resample(const Workers& workers, const LineWeights& w, std::int64_t lines, std::int64_t width, const real* x,
              real* y);

/// The gradient: dx (lines, input, width) = (or +=) from dy (lines, output, width), added up in the order of results.
void resample_grad(const Workers& workers, const LineWeights& w, std::int64_t lines, std::int64_t width, const real* dy,
                   real* dx, bool accumulate);

}  // namespace cnnctl::kernels
