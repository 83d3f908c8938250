// The model as the user wrote it, typed: a flat list of layers with names and inputs; blocks are expanded.
#pragma once

#include <string>
#include <vector>

#include "config/fields.hpp"
#include "config/node.hpp"
#include "layers/layer.hpp"

namespace cnnctl {

/// One layer of the model.
struct LayerSpec {
  std::string name;                 // unique; dots allowed: "layer1.0.conv1"
  std::vector<std::string> inputs;  // names of layers, or "input" for the data; never empty
  Choice<Layer> layer;
  Where where;
};

struct ModelSpec {
  Shape input;                    // {channels, height, width} or {features}
  std::vector<LayerSpec> layers;  // every input stands above its consumer; the last layer is the output
};

/// Reads `model:`, {input: [channels, height, width] or [features], layers: [...]}, and `blocks:` (see blocks.hpp; null
/// for none). A layer is an entry of the catalogue, in whose fields `name`, `inputs` and `when` may stand as well.
/// Without a name it is called conv2d_1, conv2d_2 ..., counted by type; without inputs it reads the layer above. Every
/// mistake (unknown layer, bad field, unknown input, duplicate name ...) goes to `diagnostics`; what could be read is
/// returned.
ModelSpec read_model(const Node& model, const Node* blocks, Diagnostics& diagnostics);

/// The model as a node: no blocks, every name, input and field written out. Reading it gives the same model.
Node write_model(const ModelSpec& spec);

}  // namespace cnnctl
