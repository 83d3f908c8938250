// Building blocks of JSON Schema (2020-12) as Nodes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/fields.hpp"
#include "config/node.hpp"

namespace cnnctl {

/// {type: <name>}
Node schema_type(std::string_view name);
/// {type: <integer or number>, minimum: ..., maximum: ...}
Node schema_number(std::string_view type, const Limits& limits);
/// {type: array, items: <items>, minItems: count, maxItems: count}; no counts for 0.
Node schema_array(Node items, int count = 0);
/// {enum: [words]}
Node schema_words(std::span<const std::string_view> words);
/// {anyOf: [alternatives]}
Node schema_any(std::vector<Node> alternatives);
/// An object of one property, which is one of these: {type: object, properties: <properties>, minProperties: 1, ...}
Node schema_one_of(Node properties);

}  // namespace cnnctl
