// The operations of a program: the layers of a network in order, neighbours fused, with the values between them.
// Knows layers and edges; knows no memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/network.hpp"

namespace cnnctl {

/// One operation: a layer, with what is fused behind it.
struct Operation {
  std::string name;                // of the first layer in it
  std::vector<std::string> types;  // of all layers in it
  std::unique_ptr<Layer> layer;
  std::vector<Parameter> own_parameters;  // of that layer
  std::vector<Fused> behind;
  std::vector<std::size_t> inputs;      // values
  std::size_t output = 0;               // value
  std::vector<std::size_t> parameters;  // positions in Network::parameters(), those of `behind` last
  std::uint32_t key = 0;                // position of the first layer: keys its randomness, fused or not
  // In training, too, an operation may run as in inference: where nobody wants a gradient of it and nothing of it is
  // random or averaged over batches. What is frozen then costs no more than it does there.
  Mode mode = Mode::train;
  bool trained = false;  // in training: a parameter changes by its gradient
  bool frozen = false;   // it has parameters, and none of them ever changes
  Plan plan;

  /// What is prepared of the parameters serves many runs.
  bool prepared_once() const { return mode == Mode::infer && !trained; }
  bool backward_reads(std::size_t value) const { return plan.reads.input && inputs[0] == value; }
};

/// What the data or an operation delivers.
struct Value {
  std::string layer;  // the last layer whose output it is, or the name of the input
  Shape shape;
  bool output = false;          // of the network: it lives to the end
  bool loss = false;            // in training: an output to whose gradient the loss contributes
  bool needs_gradient = false;  // in training: it lies between a parameter that is trained and the loss
};

struct Operations {
  std::vector<Operation> list;            // in the order of execution
  std::vector<Value> values;              // the network's inputs first
  std::size_t inputs = 0;                 // of the network
  std::vector<std::size_t> outputs = {};  // of the network: values, in its order

  /// The operation has a backward pass.
  bool has_backward(const Operation& op) const { return values[op.output].needs_gradient; }
};

/// One gradient slot of an operation's input.
struct GradientSlot {
  bool wanted = false;
  bool accumulate = false;  // the loss or another consumer has written it before
};

/// The layers of `network`, one operation each. `gradients`: positions of the outputs that the loss gives a gradient;
/// none: all.
Operations operations_of(const Network& network, Mode mode, const std::vector<std::size_t>& gradients = {});

/// Lets operations do the work of the only consumer of their output where their layers can, and drops what is the
/// identity in inference. The network's outputs stay what they are.
void fuse(Operations& operations);

/// For each operation, for each of its inputs.
std::vector<std::vector<GradientSlot>> gradient_slots(const Operations& operations);

/// What the layer of operation i is to plan with, but for what concerns the whole program.
Inputs inputs_of(const Operations& operations, const Operation& op);

}  // namespace cnnctl
