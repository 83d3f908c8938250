// Overrides from the command line: `optimizer.lr=0.01` changes the configuration's text before anything is read from
// it. Knows paths through maps, list positions and names of entries; knows no field.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/node.hpp"

namespace cnnctl {

/// The file of places in overrides.
inline constexpr std::string_view kCommandLine = "command line";

/// A list whose entries may be named right behind the map that it stands in: with {"model", "layers"}, `model.conv1`
/// is the entry conv1 of model.layers.
struct NamedEntries {
  std::string_view map, list;  // keys of the root, and of that map
};

/// Applies `key.path=value` to `root`. The value is YAML; `null` takes the key out. A part of the path is a key of a
/// map, a position in a list (from 0), or the name of an entry of one (the longest that fits, since names may hold
/// dots), which may stand in place of the list's key if `named` says so. Missing maps are made; a word where a map is
/// needed becomes {type: word}, or {word: {}} in a list. Mistakes are reported at the place "command line".
void apply_override(Node& root, const std::string& text, const NamedEntries& named, Diagnostics& diagnostics);
void apply_overrides(Node& root, std::span<const std::string> texts, const NamedEntries& named,
                     Diagnostics& diagnostics);

}  // namespace cnnctl
