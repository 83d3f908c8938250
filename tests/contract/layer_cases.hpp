// Examples of layers for the law: several of each kind, chosen to reach every branch of theirs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "layers/layer.hpp"

namespace cnnctl::testing {

/// A layer from the catalogue and what it is tried on.
struct LayerCase {
  struct Named {
    std::string kind, yaml;
  };

  std::string kind, yaml;
  std::vector<Shape> shapes;       // of its inputs; with an `add` behind it, of the second operand, too
  std::vector<Named> behind = {};  // fused behind it
  bool infer_only = false;         // what is behind is fused in inference alone

  /// "conv2d {out_channels: 4, kernel_size: 3} on 3x9x8 with max_pool2d 2, tanh"
  std::string text() const;
};

const std::vector<LayerCase>& layer_cases();

}  // namespace cnnctl::testing
