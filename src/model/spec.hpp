// The model as the user wrote it, typed: a flat list of layers with names and inputs; blocks are expanded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/fields.hpp"
#include "config/node.hpp"
#include "layers/layer.hpp"
#include "model/parameter_groups.hpp"

namespace cnnctl {

/// One layer of the model.
struct LayerSpec {
  std::string name;                 // unique; dots allowed: "layer1.0.conv1"
  std::vector<std::string> inputs;  // names of layers above, or of the model's inputs; never empty
  Choice<Layer> layer;
  Where where;
};

/// What the model is given.
struct ModelInput {
  std::string name;  // "input" where it is the only one and nobody named it
  Shape shape;       // of one sample
};

struct ModelSpec {
  std::vector<ModelInput> inputs;
  std::vector<LayerSpec> layers;            // every input stands above its consumer
  std::vector<std::string> outputs;         // names of layers; empty: the last one
  std::vector<ParameterGroup> groups = {};  // how parameters are trained, from `parameters:`
};

/// `model.input` with the variables of `model.params` in place, none if there is no such key. Mistakes are left to
/// read_model.
std::optional<Node> model_input(const Node& model);

/// Reads `model:`, {params: {classes: 1000}, input: [channels, height, width] and the like, layers: [...]}, and
/// `blocks:` (see blocks.hpp; null for none). What `params` holds are variables of input and layers. Several inputs are
/// {inputs: {image: [3, 32, 32], other: [4]}}, several outputs {outputs: [name, name]}. A layer is an entry of the
/// catalogue, in whose fields `name`, `inputs` and `when` may stand as well. Without a name it is called conv2d_1,
/// conv2d_2 ..., counted by type; without inputs it reads the layer above, the first one the first input. Every mistake
/// (unknown layer, bad field, unknown input, duplicate name ...) goes to `diagnostics`; what could be read is returned.
/// `lacks_input`: that there is no input is known, and not reported here.
ModelSpec read_model(const Node& model, const Node* blocks, Diagnostics& diagnostics, bool lacks_input = false);

/// The model as a node: no blocks, every name, input and field written out. Reading it gives the same model.
Node write_model(const ModelSpec& spec);

}  // namespace cnnctl
