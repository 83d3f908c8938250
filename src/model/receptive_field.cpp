#include "model/receptive_field.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

namespace cnnctl {
namespace {

/// What a layer's inputs see together.
ReceptiveField joined(const LayerInfo& layer, const std::map<std::string, ReceptiveField, std::less<>>& fields) {
  std::int64_t most = 0;
  for (const Shape& shape : layer.input_shapes) most = std::max(most, shape.positions());
  ReceptiveField all;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    if (layer.input_shapes[i].positions() < most) continue;
    const ReceptiveField& one = fields.find(layer.inputs[i])->second;
    all.whole = all.whole || one.whole;
    all.size.resize(std::max(all.size.size(), one.size.size()), 1);
    all.stride.resize(all.size.size(), 1);
    for (std::size_t axis = 0; axis < one.size.size(); ++axis) {
      all.size[axis] = std::max(all.size[axis], one.size[axis]);
      all.stride[axis] = std::max(all.stride[axis], one.stride[axis]);
    }
  }
  return all;
}

void widen(const LayerInfo& layer, ReceptiveField& field) {
  const Shape& input = layer.input_shapes.front();
  const std::size_t axes = field.size.size();
  const bool all = layer.reach.whole;
  if (field.whole || static_cast<std::size_t>(input.axes()) != axes || (!all && layer.reach.window.axes() == 0)) return;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::int64_t window = all ? input.extents()[axis] : layer.reach.window[static_cast<int>(axis)];
    field.size[axis] +=
        static_cast<std::int64_t>(std::ceil(static_cast<double>(window - 1) * field.stride[axis] - 1e-9));
    field.stride[axis] *= all ? 1 : layer.reach.stride[axis];
  }
  field.whole = all && axes > 0;
}

}  // namespace

std::vector<ReceptiveField> receptive_fields(const Network& network) {
  std::map<std::string, ReceptiveField, std::less<>> fields;
  for (const ModelInput& input : network.inputs()) {
    const auto axes = static_cast<std::size_t>(input.shape.axes());
    fields[input.name] = {std::vector<std::int64_t>(axes, 1), std::vector<double>(axes, 1), false};
  }
  std::vector<ReceptiveField> all;
  for (const LayerInfo& layer : network.layers()) {
    ReceptiveField field = joined(layer, fields);
    widen(layer, field);
    fields[layer.name] = field;
    all.push_back(std::move(field));
  }
  return all;
}

std::optional<std::size_t> last_with_positions(const Network& network, const std::vector<ReceptiveField>& fields) {
  const auto layers = network.layers();
  std::size_t at = network.outputs().front();
  while (fields[at].whole || fields[at].size.empty()) {
    const auto input = std::ranges::find(layers, layers[at].inputs.front(), &LayerInfo::name);
    if (input == layers.end()) return std::nullopt;  // the model's own
    at = static_cast<std::size_t>(input - layers.begin());
  }
  return at;
}

}  // namespace cnnctl
