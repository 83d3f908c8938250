// The operations of a program: the layers of a network in order, neighbours fused, with the values between them.
// Knows layers and edges; knows no memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/network.hpp"

namespace cnnctl {

/// One operation: a layer, with what it absorbed.
struct Operation {
  std::string name;                // of the first layer in it
  std::vector<std::string> types;  // of all layers in it
  std::unique_ptr<Layer> layer;
  std::vector<std::size_t> inputs;      // values; 0 is the data
  std::size_t output = 0;               // value
  std::vector<std::size_t> parameters;  // positions in Network::parameters(), the absorbed layers' last
  std::uint32_t key = 0;                // position of the first layer: keys its randomness, fused or not
  Plan plan;

  bool backward_reads(std::size_t value) const { return plan.backward_reads_input && inputs[0] == value; }
};

/// What the data or an operation delivers.
struct Value {
  std::string layer;  // the last layer whose output it is; "input" for the data
  Shape shape;
};

struct Operations {
  std::vector<Operation> list;  // in the order of execution
  std::vector<Value> values;
};

/// The layers of `network`, one operation each.
Operations operations_of(const Network& network);

/// Lets operations absorb the only consumer of their output where their layers can, and drops what is the identity in
/// inference. The last layer's output stays the last value delivered.
void fuse(Operations& operations, Mode mode);

}  // namespace cnnctl
