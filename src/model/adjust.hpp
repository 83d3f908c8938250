// What a model says of its layers beside the list of them: `changes` to single ones, by name, and `defaults` for all of
// a kind.
//
//   model:
//     zoo: resnet18
//     changes: {conv1: {kernel_size: 3, stride: 1, padding: 1}, max_pool2d_1: {when: false}}
//     defaults: {conv2d: {init: {type: kaiming_normal, mode: fan_out}}}
//
// Knows bodies of entries as text; knows no field.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.hpp"

namespace cnnctl {

/// Fields that take the place of those of a layer, for layers of blocks as for others: layer1.0.conv1.
class Changes {
 public:
  /// Reads `model.changes`; null for none. Borrows the node.
  Changes(const Node* node, Diagnostics& diagnostics);

  /// Gives what is changed of the layer `name` to its body: a map, or what stands in place of one.
  void apply(const std::string& name, Node& body);
  /// Reports the names of changes that no layer took.
  void refuse_unused(const std::vector<std::string>& layers, Diagnostics& diagnostics) const;

 private:
  std::vector<const Node::Entry*> changes_;
  std::set<std::string, std::less<>> used_;
};

/// Fields that layers of a kind have unless they say otherwise, by the kind's word.
class LayerDefaults {
 public:
  /// Reads `model.defaults`; null for none. Borrows the node. `words` are the layers.
  LayerDefaults(const Node* node, const std::vector<std::string_view>& words, Diagnostics& diagnostics);

  /// Adds what is missing to the body of a layer, `shorthand` being the field that a scalar in its place means.
  void apply(std::string_view word, std::string_view shorthand, Node& body) const;

 private:
  std::vector<const Node::Entry*> kinds_;
};

}  // namespace cnnctl
