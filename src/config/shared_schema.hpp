// A JSON Schema in which nothing of some length is said twice. Knows schemas as Nodes; knows no field.
#pragma once

#include "config/node.hpp"

namespace cnnctl {

/// The same schema (2020-12), parts that occur more than once moved to `$defs` and referred to. Descriptions and
/// defaults stay where they are, beside the reference. Definitions are numbered in the order of their first place.
Node with_shared_definitions(const Node& schema);

}  // namespace cnnctl
