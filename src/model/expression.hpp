// The $variables of blocks: `$channels`, `$channels*4`, `branch$index`. Knows whole-number arithmetic and text; knows
// no layer.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "config/node.hpp"

namespace cnnctl {

using Variables = std::map<std::string, Node, std::less<>>;

/// A copy of `node` in which every plain scalar with a '$' is replaced. A scalar that is just `$name` becomes the
/// variable's value, with the variable's place; one that consists of numbers, variables, + - * / and brackets is
/// computed (whole numbers only, and a division must come out even); in any other, `$name` is replaced as text.
/// Quoted scalars and keys stay as they are. `owner` names whose variables these are: "block 'basic'".
Node substitute(const Node& node, const Variables& variables, std::string_view owner, Diagnostics& diagnostics);

/// Whether the text contains `$name`.
bool mentions(std::string_view text, std::string_view name);

}  // namespace cnnctl
