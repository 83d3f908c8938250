// Examples of transforms for the law: several of each kind, and of each at least one that is without strength.
#pragma once

#include <string>
#include <vector>

namespace cnnctl::testing {

struct TransformCase {
  std::string kind, yaml;
  bool still = false;  // where the size stays, nothing changes

  /// "random_crop {padding: 1}"
  std::string text() const { return kind + " " + yaml; }
};

inline const std::vector<TransformCase>& transform_cases() {
  static const std::vector<TransformCase> cases = {
      {"random_crop", "{size: [5, 4]}", true},
      {"random_crop", "1"},
      {"random_crop", "{padding: 3, fill: mean}"},
      {"random_crop", "{size: 1}"},
      {"random_crop", "{size: 4, padding: 2, fill: mean}"},
      {"random_crop", "{size: [24, 3], padding: 12}"},  // larger than some, smaller than others
      {"random_crop", "{size: [1, 20], padding: 40}"},  // often nothing of the picture
      {"horizontal_flip", "0", true},
      {"horizontal_flip", ""},
      {"horizontal_flip", "{p: 1}"},
      {"vertical_flip", "{p: 0}", true},
      {"vertical_flip", "0.3"},
      {"vertical_flip", "1"},
      {"random_affine", "", true},
      {"random_affine", "180"},
      {"random_affine", "{translate: 1}"},
      {"random_affine", "{scale: [0.1, 10]}"},
      {"random_affine", "{scale: [2, 2]}"},
      {"random_affine", "{shear: 80, fill: mean}"},
      {"random_affine", "{degrees: 10, translate: 0.1, scale: [0.9, 1.1], shear: 5}"},
  };
  return cases;
}

}  // namespace cnnctl::testing
