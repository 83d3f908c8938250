// YAML text to Node and back; yaml.cpp is the only door to yaml-cpp. Knows the syntax, and refuses the parts of it that
// surprise or harm: aliases, anchors, tags, merge keys, several documents, duplicate keys, values without quotes over
// several lines, more than 1 MiB, 64 levels or 100,000 values.
#pragma once

#include <string>
#include <string_view>

#include "config/node.hpp"

namespace cnnctl {

/// Parses one document; `file` names it in messages. A mistake goes to `diagnostics`, and null is returned if the text
/// could not be parsed to its end. An empty document is null.
Node parse_yaml(std::string_view text, const std::string& file, Diagnostics& diagnostics);

/// Parses a value that stands at `where` within the line `where.text`, such as the right side of an override.
Node parse_yaml_value(std::string_view text, const Where& where, Diagnostics& diagnostics);

/// Reads and parses a file. That there is none is a mistake of the configuration, with the nearest name in its folder.
/// Throws IoError if it cannot be read.
Node load_yaml(const std::string& path, Diagnostics& diagnostics);

/// Canonical YAML: block style, with maps and lists of scalars on one line where they fit; strings quoted only where
/// needed. Parsing it gives an equal Node.
std::string write_yaml(const Node& node);

/// The same on one line, without a line break at the end.
std::string write_yaml_line(const Node& node);

}  // namespace cnnctl
