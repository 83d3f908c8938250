// Examples of transforms for the law: several of each kind, and of each at least one that is without strength.
#pragma once

#include <string>
#include <vector>

#include "contract/transform_law.hpp"

namespace cnnctl::testing {

struct TransformCase {
  std::string kind, yaml;
  bool still = false;  // where the size stays, nothing changes
  Change change = Change::places;

  /// "random_crop {padding: 1}"
  std::string text() const { return kind + " " + yaml; }
};

/// Of all kinds.
const std::vector<TransformCase>& transform_cases();
/// Those that draw nothing.
bool is_fixed(const std::string& kind);

}  // namespace cnnctl::testing
