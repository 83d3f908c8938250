// Overrides from the command line: `optimizer.lr=0.01` changes the configuration's text before anything is read from
// it. Knows paths through maps, list positions and the names of the layers; knows no field.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/node.hpp"

namespace cnnctl {

/// The file of places in overrides.
inline constexpr std::string_view kCommandLine = "command line";

/// Applies `key.path=value` to `root`. The value is YAML; `null` takes the key out. A part of the path is a key of a
/// map, a position in a list (from 0), or after `model.` the name of an entry of model.layers (the longest that fits,
/// since names may hold dots). Missing maps are made; a word where a map is needed becomes {type: word}, or {word: {}}
/// in a list. Mistakes are reported at the place "command line".
void apply_override(Node& root, const std::string& text, Diagnostics& diagnostics);
void apply_overrides(Node& root, std::span<const std::string> texts, Diagnostics& diagnostics);

}  // namespace cnnctl
