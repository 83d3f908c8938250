#include <algorithm>
#include <map>
#include <utility>

#include "graph/operations.hpp"

namespace cnnctl {
namespace {

/// Positions of the operations that read a value.
std::vector<std::size_t> consumers(const Operations& operations, std::size_t value) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < operations.list.size(); ++i) {
    const auto& inputs = operations.list[i].inputs;
    found.insert(found.end(), static_cast<std::size_t>(std::count(inputs.begin(), inputs.end(), value)), i);
  }
  return found;
}

/// Operation `first` takes over the work of `next`, the only reader of its output, and moves to its place: by then
/// everything that `next` reads has been computed.
void merge(Operations& operations, std::size_t first, std::size_t next) {
  Operation& a = operations.list[first];
  Operation& b = operations.list[next];
  for (const std::size_t input : b.inputs)
    if (input != a.output) a.inputs.push_back(input);
  a.parameters.insert(a.parameters.end(), b.parameters.begin(), b.parameters.end());
  a.types.insert(a.types.end(), b.types.begin(), b.types.end());
  a.output = b.output;
  b = std::move(a);
  operations.list.erase(operations.list.begin() + static_cast<std::ptrdiff_t>(first));
}

/// One fusion, if there is any.
bool fuse_once(Operations& operations, Mode mode) {
  for (std::size_t i = 0; i < operations.list.size(); ++i) {
    const std::vector<std::size_t> readers = consumers(operations, operations.list[i].output);
    if (readers.size() != 1) continue;
    const Operation& next = operations.list[readers[0]];
    const Traits traits = next.types.size() == 1 ? next.layer->traits() : Traits{};
    const bool possible = traits.add ? next.inputs.size() == 2 : next.inputs.size() == 1;
    const Shape& input = operations.values[operations.list[i].inputs[0]].shape;
    if (!possible || !operations.list[i].layer->absorb(traits, mode, input)) continue;
    merge(operations, i, readers[0]);
    return true;
  }
  return false;
}

/// Lets an activation change places with the max pooling behind it: activations do not fall, so the result is the same,
/// for a fraction of the values. Returns whether there was any.
bool pool_first(Operations& operations) {
  for (Operation& op : operations.list) {
    const std::vector<std::size_t> readers = consumers(operations, op.output);
    if (!op.layer->traits().activation || readers.size() != 1) continue;
    Operation& pool = operations.list[readers[0]];
    if (!pool.layer->traits().max_pool) continue;
    operations.values[op.output].shape = operations.values[pool.output].shape;
    std::swap(op, pool);
    std::swap(op.inputs, pool.inputs);
    std::swap(op.output, pool.output);
    return true;
  }
  return false;
}

/// Removes operations that hand their input on unchanged.
void drop_identities(Operations& operations) {
  for (std::size_t i = 0; i + 1 < operations.list.size();) {  // the last one delivers the result and stays
    const Operation& op = operations.list[i];
    if (!op.layer->traits().identity_in_inference) {
      ++i;
      continue;
    }
    const std::size_t from = op.output, to = op.inputs[0];
    operations.list.erase(operations.list.begin() + static_cast<std::ptrdiff_t>(i));
    for (Operation& other : operations.list) std::replace(other.inputs.begin(), other.inputs.end(), from, to);
  }
}

}  // namespace

Operations operations_of(const Network& network) {
  Operations operations;
  operations.values.push_back({"input", network.input()});
  std::map<std::string, std::size_t, std::less<>> value_of{{"input", 0}};
  for (std::size_t i = 0; i < network.layers().size(); ++i) {
    const LayerInfo& info = network.layers()[i];
    const LayerSpec& spec = network.spec().layers[i];
    Operation op{.name = info.name,
                 .types = {info.type},
                 .layer = spec.layer.kind->clone(*spec.layer),
                 .inputs = {},
                 .output = operations.values.size(),
                 .parameters = info.parameters,
                 .key = static_cast<std::uint32_t>(i),
                 .plan = {}};
    for (const std::string& input : info.inputs) op.inputs.push_back(value_of.at(input));
    value_of[info.name] = op.output;
    operations.values.push_back({info.name, info.output});
    operations.list.push_back(std::move(op));
  }
  return operations;
}

void fuse(Operations& operations, Mode mode) {
  if (mode == Mode::infer) drop_identities(operations);
  while (pool_first(operations)) {
  }
  while (fuse_once(operations, mode)) {
  }
}

}  // namespace cnnctl
