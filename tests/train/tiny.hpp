// A small experiment that needs no files.
#pragma once

#include <string>
#include <vector>

#include "experiment/experiment.hpp"

namespace cnnctl::testing {

inline const char* const kTiny = R"(name: tiny
seed: 7
data:
  {format: synthetic, classes: 4, count: 240, test_count: 80, shape: [1, 8, 8], noise: 0.1, validation: 0.25,
   batch_size: 16}
model:
  input: [1, 8, 8]
  layers:
    - conv2d: {name: conv, out_channels: 4, kernel_size: 3, padding: 1}
    - relu
    - max_pool2d: 2
    - flatten
    - linear: {name: fc, out_features: 4}
optimizer: {type: sgd, lr: 0.05, momentum: 0.9}
train: {epochs: 4}
)";

inline Experiment tiny(const std::vector<std::string>& overrides = {}) {
  return parse_experiment(kTiny, "tiny.yaml", overrides);
}

}  // namespace cnnctl::testing
