// One entry of a catalogue as it stands in YAML: `relu`, `conv2d: {...}`, or `{type: conv2d, ...}`.
// Knows the three forms and their common slips; knows neither catalogues nor fields.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.hpp"

namespace cnnctl {

/// An entry taken apart.
struct Entry {
  std::string word;  // "conv2d"
  Where where;       // of the word
  Node body;         // its fields: a map, or what stands in place of one; null for none
};

/// Takes an entry apart. `noun` ("layer") and `words`, the legal ones, serve the messages. On a mistake, an unknown
/// word included, reports it and returns nothing.
std::optional<Entry> read_entry(const Node& node, std::string_view noun, std::span<const std::string_view> words,
                                Diagnostics& diagnostics);

/// The word of an entry whatever it is, empty if it has none.
std::string_view entry_word(const Node& node);
/// The map that holds an entry's fields; null if there is none.
const Node* entry_body(const Node& node);
Node* entry_body(Node& node);

/// The name of each entry of a list of layers: what `name:` says, or the word and a number, counting the entries of
/// that word from 1 and passing over names that are taken.
std::vector<std::string> entry_names(const Node& layers);

}  // namespace cnnctl
