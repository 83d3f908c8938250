// Which parameters are trained, and how: by patterns over their names. Knows names; knows no layer.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.hpp"
#include "config/node.hpp"

namespace cnnctl {

/// A pattern over whole names: `*` stands for any characters, dots included, `?` for one, `[0-3a]` for one of these and
/// `[!0-3a]` for one of all others; a '[' without a ']' behind it stands for itself.
struct NamePattern {
  std::string text;
  Where where;  // in the configuration

  bool matches(std::string_view name) const;
};

/// Parameters that are treated alike: one entry of `parameters:`.
struct ParameterGroup {
  std::vector<NamePattern> match;
  bool train = true;
  double lr_scale = 1, decay_scale = 1;

  void fields(Fields& f);
  bool matches(std::string_view name) const;
};

/// Position of the first group that a name matches: it alone says how the parameter is treated. None: as by default.
std::optional<std::size_t> group_of(std::span<const ParameterGroup> groups, std::string_view name);

/// Reports patterns that match no name, with the nearest one that would, and groups whose parameters all belong to
/// groups before them.
void check_groups(std::span<const ParameterGroup> groups, std::span<const std::string> names, Diagnostics& diagnostics);

}  // namespace cnnctl
