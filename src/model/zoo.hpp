// The zoo: networks that the program brings along, the files of configs/zoo. Knows their texts and how a configuration
// takes one for its own; knows no layer.
//
//   model: {zoo: resnet18, classes: 2}
#pragma once

#include <string_view>
#include <vector>

#include "config/node.hpp"

namespace cnnctl {

/// Names of all networks, sorted.
std::vector<std::string_view> zoo_names();

enum class Opened { nothing, with_input, with_default_input, failed };

/// Writes `model: {zoo: NAME, ...}` out in `root`, a whole configuration: model and blocks are then those of the zoo's
/// file, whose `params` have the values that were given; `input` replaces the file's. Reports what does not fit.
/// With neither `input` nor `size` given, the input is a default.
Opened open_zoo(Node& root, Diagnostics& diagnostics);

}  // namespace cnnctl
