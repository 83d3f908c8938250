#include "graph/operations.hpp"

#include <algorithm>
#include <map>

namespace cnnctl {
namespace {

/// Whether a parameter of the operation is trained; of statistics: whether they follow the batches.
bool any_trained(const Operation& op, const Network& network, bool statistics) {
  return std::any_of(op.parameters.begin(), op.parameters.end(), [&](std::size_t p) {
    const NamedParameter& named = network.parameters()[p];
    return named.trained && named.parameter.trainable() != statistics;
  });
}

/// What lies between a trained parameter and the loss.
void find_gradients(Operations& operations) {
  std::vector<Value>& values = operations.values;
  for (const Operation& op : operations.list)
    values[op.output].needs_gradient =
        op.trained ||
        std::any_of(op.inputs.begin(), op.inputs.end(), [&](std::size_t v) { return values[v].needs_gradient; });
  std::vector<bool> heard(values.size());  // by the loss
  for (std::size_t v = 0; v < values.size(); ++v) heard[v] = values[v].loss;
  for (std::size_t i = operations.list.size(); i-- > 0;) {
    const Operation& op = operations.list[i];
    values[op.output].needs_gradient = values[op.output].needs_gradient && heard[op.output];
    if (heard[op.output])
      for (const std::size_t input : op.inputs) heard[input] = true;
  }
}

/// The mode of one operation of a program that trains.
Mode training_mode(const Operations& operations, const Operation& op, const Network& network) {
  const bool random = op.layer->traits().identity_in_inference;
  return operations.has_backward(op) || random || any_trained(op, network, true) ? Mode::train : Mode::infer;
}

}  // namespace

Operations operations_of(const Network& network, Mode mode, const std::vector<std::size_t>& gradients) {
  Operations operations;
  std::map<std::string, std::size_t, std::less<>> value_of;
  const auto add_value = [&](const std::string& name, const Shape& shape) {
    value_of[name] = operations.values.size();
    operations.values.push_back({.layer = name, .shape = shape});
  };
  for (const ModelInput& input : network.inputs()) add_value(input.name, input.shape);
  operations.inputs = operations.values.size();
  for (std::size_t i = 0; i < network.layers().size(); ++i) {
    const LayerInfo& info = network.layers()[i];
    const LayerSpec& spec = network.spec().layers[i];
    Operation op{.name = info.name,
                 .types = {info.type},
                 .layer = spec.layer.kind->clone(*spec.layer),
                 .own_parameters = {},
                 .behind = {},
                 .inputs = {},
                 .output = operations.values.size(),
                 .parameters = info.parameters,
                 .key = static_cast<std::uint32_t>(i),
                 .mode = mode,
                 .trained = false,
                 .frozen = false,
                 .plan = {}};
    for (const std::size_t p : op.parameters) op.own_parameters.push_back(network.parameters()[p].parameter);
    op.trained = mode == Mode::train && any_trained(op, network, false);
    op.frozen = !op.parameters.empty() && !op.trained && !any_trained(op, network, true);
    for (const std::string& input : info.inputs) op.inputs.push_back(value_of.at(input));
    add_value(info.name, info.output);
    operations.list.push_back(std::move(op));
  }
  for (const std::size_t layer : network.outputs()) {
    operations.outputs.push_back(value_of.at(network.layers()[layer].name));
    operations.values[operations.outputs.back()].output = true;
  }
  if (mode == Mode::infer) return operations;
  for (std::size_t i = 0; i < operations.outputs.size(); ++i)
    operations.values[operations.outputs[i]].loss =
        gradients.empty() || std::find(gradients.begin(), gradients.end(), i) != gradients.end();
  find_gradients(operations);
  for (Operation& op : operations.list) op.mode = training_mode(operations, op, network);
  return operations;
}

std::vector<std::vector<GradientSlot>> gradient_slots(const Operations& operations) {
  std::vector<std::vector<GradientSlot>> slots(operations.list.size());
  std::vector<bool> written(operations.values.size());
  for (std::size_t v = 0; v < written.size(); ++v) written[v] = operations.values[v].loss;
  for (std::size_t i = operations.list.size(); i-- > 0;) {
    const Operation& op = operations.list[i];
    slots[i].resize(op.inputs.size());
    if (!operations.has_backward(op)) continue;
    for (std::size_t slot = 0; slot < op.inputs.size(); ++slot) {
      const std::size_t input = op.inputs[slot];
      slots[i][slot] = {operations.values[input].needs_gradient, written[input]};
      written[input] = true;
    }
  }
  return slots;
}

Inputs inputs_of(const Operations& operations, const Operation& op) {
  Inputs inputs{.shapes = {}, .mode = op.mode};
  bool gradient = false;
  for (const std::size_t input : op.inputs) {
    inputs.shapes.push_back(operations.values[input].shape);
    gradient = gradient || operations.values[input].needs_gradient;
  }
  inputs.input_gradient = gradient && operations.has_backward(op);
  inputs.parameter_gradients = op.trained && operations.has_backward(op);
  inputs.frozen = op.frozen;
  inputs.behind = op.behind;
  return inputs;
}

}  // namespace cnnctl
