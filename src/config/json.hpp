// A Node as JSON text, for programs: the resolved configuration, and the JSON Schema that editors read.
#pragma once

#include <string>

#include "config/node.hpp"

namespace cnnctl {

/// Indented JSON, keys in the order of the node. Plain scalars that are JSON numbers, true or false stay what they
/// are, everything else is a string.
std::string write_json(const Node& node);

}  // namespace cnnctl
