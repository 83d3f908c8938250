#include <algorithm>
#include <optional>
#include <utility>

#include "graph/operations.hpp"

namespace cnnctl {
namespace {

/// The operation that alone reads a value, and reads it once; nothing for an output of the network.
std::optional<std::size_t> only_reader(const Operations& operations, std::size_t value) {
  if (operations.values[value].output) return std::nullopt;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < operations.list.size(); ++i) {
    const auto& inputs = operations.list[i].inputs;
    const auto times = std::count(inputs.begin(), inputs.end(), value);
    if (times == 0) continue;
    if (found || times > 1) return std::nullopt;
    found = i;
  }
  return found;
}

/// Operation `first` takes over the work of `next`, the only reader of its output, and moves to its place: by then
/// everything that `next` reads has been computed.
void merge(Operations& operations, std::size_t first, std::size_t next, Fused fused) {
  Operation& a = operations.list[first];
  Operation& b = operations.list[next];
  for (const std::size_t input : b.inputs)
    if (input != a.output) a.inputs.push_back(input);
  a.parameters.insert(a.parameters.end(), b.parameters.begin(), b.parameters.end());
  a.types.insert(a.types.end(), b.types.begin(), b.types.end());
  a.behind.push_back(std::move(fused));
  a.output = b.output;
  if (b.mode == Mode::train) a.mode = Mode::train;
  a.trained = a.trained || b.trained;
  b = std::move(a);
  operations.list.erase(operations.list.begin() + static_cast<std::ptrdiff_t>(first));
}

/// One fusion, if there is any.
bool fuse_once(Operations& operations) {
  for (std::size_t i = 0; i < operations.list.size(); ++i) {
    const std::optional<std::size_t> reader = only_reader(operations, operations.list[i].output);
    if (!reader) continue;
    const Operation &op = operations.list[i], &next = operations.list[*reader];
    if (!next.behind.empty() || next.inputs.size() > 2) continue;
    Fused fused{next.layer->traits(), next.own_parameters};
    Inputs inputs = inputs_of(operations, op);
    if (next.mode == Mode::train) inputs.mode = Mode::train;
    if (!op.layer->fuses(inputs, fused.traits)) continue;
    merge(operations, i, *reader, std::move(fused));
    return true;
  }
  return false;
}

/// Lets an activation change places with the max pooling behind it: activations do not fall, so the result is the same,
/// for a fraction of the values. Returns whether there was any.
bool pool_first(Operations& operations) {
  for (Operation& op : operations.list) {
    const std::optional<std::size_t> reader = only_reader(operations, op.output);
    if (!op.layer->traits().activation || !reader) continue;
    Operation& pool = operations.list[*reader];
    if (!pool.layer->traits().max_pool) continue;
    operations.values[op.output].shape = operations.values[pool.output].shape;
    std::swap(op, pool);
    std::swap(op.inputs, pool.inputs);
    std::swap(op.output, pool.output);
    return true;
  }
  return false;
}

/// Removes what hands its input on unchanged in inference.
void drop_identities(Operations& operations) {
  for (std::size_t i = 0; i < operations.list.size();) {
    const Operation& op = operations.list[i];
    if (operations.values[op.output].output || op.mode == Mode::train || !op.layer->traits().identity_in_inference) {
      ++i;
      continue;
    }
    const std::size_t from = op.output, to = op.inputs[0];
    operations.list.erase(operations.list.begin() + static_cast<std::ptrdiff_t>(i));
    for (Operation& other : operations.list) std::replace(other.inputs.begin(), other.inputs.end(), from, to);
  }
}

}  // namespace

void fuse(Operations& operations) {
  drop_identities(operations);
  while (pool_first(operations)) {
  }
  while (fuse_once(operations)) {
  }
}

}  // namespace cnnctl
