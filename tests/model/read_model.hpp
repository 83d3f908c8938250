// Models read from YAML, and what was wrong with them.
#pragma once

#include <string>

#include "config/yaml.hpp"
#include "model/spec.hpp"

namespace cnnctl::testing {

inline ModelSpec read(const std::string& yaml, Diagnostics& diagnostics) {
  const Node root = parse_yaml(yaml, "f.yaml", diagnostics);
  diagnostics.throw_if_errors();
  const Node* model = root.find("model");
  return read_model(model ? *model : Node(), root.find("blocks"), diagnostics);
}

inline ModelSpec read(const std::string& yaml) {
  Diagnostics diagnostics;
  ModelSpec spec = read(yaml, diagnostics);
  diagnostics.throw_if_errors();
  return spec;
}

/// The messages, without source lines: "3:7: text", one a line.
inline std::string mistakes(const std::string& yaml) {
  Diagnostics diagnostics;
  read(yaml, diagnostics);
  std::string all;
  for (const Diagnostic& d : diagnostics.all())
    all += (all.empty() ? "" : "\n") + std::to_string(d.where.line) + ":" + std::to_string(d.where.column) + ": " +
           d.message;
  return all;
}

/// A model of these layers, the first of which stands on line 4.
inline std::string model(const std::string& layers) { return "model:\n  input: [3, 8, 8]\n  layers:\n" + layers; }

/// "conv1(input) relu_1(conv1) ..."
inline std::string outline(const ModelSpec& spec) {
  std::string all;
  for (const LayerSpec& layer : spec.layers) {
    all += (all.empty() ? "" : " ") + layer.name + "(";
    for (const std::string& input : layer.inputs) all += (all.back() == '(' ? "" : ",") + input;
    all += ")";
  }
  return all;
}

inline const std::string kBasic = R"(
blocks:
  basic:
    params: {channels: required, stride: 1, project: false}
    layers:
      - conv2d: {name: conv1, out_channels: $channels, kernel_size: 3, stride: $stride, padding: 1, bias: false}
      - batch_norm2d: {name: bn1}
      - relu
      - conv2d: {name: conv2, out_channels: $channels, kernel_size: 3, padding: 1, bias: false}
      - batch_norm2d: {name: bn2}
      - conv2d: {name: downsample.0, when: $project, inputs: input, out_channels: $channels, kernel_size: 1,
                 stride: $stride, bias: false}
      - batch_norm2d: {name: downsample.1, when: $project}
      - add: {inputs: [bn2, downsample.1]}
      - relu
)";

}  // namespace cnnctl::testing
