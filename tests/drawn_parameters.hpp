// Parameters of a layer with no value that they would have if they were forgotten. Knows a LayerRun.
#pragma once

#include "layer_run.hpp"

namespace cnnctl::testing {

inline void draw_parameters(LayerRun& run) {
  for (std::size_t i = 0; i < run.arrays.size(); ++i) {
    const bool variance = run.arrays[i].name == "running_var";
    run.parameters[i] = random_numbers(run.arrays[i].count(), 100 + i, variance ? 0.5f : -1.0f, variance ? 2.0f : 1.0f);
  }
}

}  // namespace cnnctl::testing
