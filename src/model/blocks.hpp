// Blocks: the model's layers with every block written out. Knows names, inputs, variables and repetition; of a layer
// it knows only that its word is legal.
//
//   blocks:
//     basic:
//       params: {channels: required, stride: 1, project: false}     # what an entry must or may give, with defaults
//       layers:
//         - conv2d: {name: conv1, out_channels: $channels, kernel_size: 3, stride: $stride, padding: 1, bias: false}
//         - batch_norm2d
//         - relu
//         - conv2d: {name: conv2, out_channels: $channels, kernel_size: 3, padding: 1, bias: false}
//         - batch_norm2d: {name: bn2}
//         - conv2d: {name: shortcut, when: $project, inputs: input, out_channels: $channels, kernel_size: 1}
//         - add: {inputs: [bn2, shortcut]}
//   model:
//     layers:
//       - basic: {name: layer2, channels: 128, repeat: 2, first: {stride: 2, project: true}}
//
// In a block `input` is the block's input and other names are those of the block; its output is its last layer. A layer
// with `when: false` is left out, and its name then means its input. `repeat` gives layer2.0, layer2.1 (or what the
// name makes of $index, from 0, or $number, from 1); `first` changes variables of the first of them. Blocks may hold
// blocks.
#pragma once

#include <string>
#include <vector>

#include "config/node.hpp"
#include "model/adjust.hpp"
#include "model/expression.hpp"

namespace cnnctl {

/// A layer before its fields are read.
struct RawLayer {
  std::string name;
  std::vector<std::string> inputs;  // names of layers above, or of the model's inputs
  std::string word;                 // in the catalogue
  Node body;                        // without name, inputs and when
  Where where;                      // of the word
};

/// The name of an input of the model.
struct InputName {
  std::string name;
  Where where;
};

/// Where the model begins and ends.
struct ModelEnds {
  std::vector<InputName> inputs;  // one at least; the first layer reads the first one
  const Node* outputs = nullptr;  // a name or a list of names of layers; null: the last layer
  Variables variables = {};       // of the model itself
  const Node* changes = nullptr;  // to single layers, see adjust.hpp
};

struct Expanded {
  std::vector<RawLayer> layers;
  std::vector<std::string> outputs;  // names of layers; empty: the last one
};

/// Writes `layers`, a list, out. `words` are the catalogue's. Mistakes go to `diagnostics`, and what they concern is
/// left out. Every layer and every input must be read by somebody or be an output. More than 10,000 layers are refused.
Expanded expand_blocks(const Node& layers, const Node* blocks, std::vector<std::string_view> words,
                       const ModelEnds& ends, Diagnostics& diagnostics);

}  // namespace cnnctl
