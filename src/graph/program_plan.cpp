#include "graph/program_plan.hpp"

#include <fmt/format.h>

#include "base/check.hpp"
#include "base/error.hpp"

namespace cnnctl {
namespace {

/// Whatever an operation finds wrong belongs to the layer that it began as.
Plan plan_of(const Network& network, const Operation& op, const Inputs& inputs) {
  try {
    return op.layer->plan(inputs);
  } catch (const ShapeError& error) {
    const LayerSpec& layer = network.spec().layers[op.key];
    throw ConfigError(layer.where,
                      fmt::format("layer '{}' ({}): {}", layer.name, layer.layer.kind->name, error.what()));
  }
}

void plan_operations(const Network& network, ProgramPlan& plan) {
  for (Operation& op : plan.operations.list) {
    Inputs inputs = inputs_of(plan.operations, op);
    inputs.batch = plan.options.batch;
    inputs.winograd = plan.options.winograd;
    inputs.part = plan.part;
    op.plan = plan_of(network, op, inputs);
    const int gradients = (inputs.parameter_gradients ? 1 : 0) + (inputs.input_gradient ? 1 : 0);
    plan.info.push_back({op.name, op.types, op.plan.algorithm, op.plan.output, op.plan.macs, gradients * op.plan.macs});
  }
}

/// Bytes of the parameters' gradients that stand in the arena, by operation.
std::vector<std::size_t> gradient_bytes(const ProgramPlan& plan, const Network& network) {
  std::vector<std::size_t> bytes;
  for (const Operation& op : plan.operations.list) {
    const FlatRange range = plan.hands_over() ? flat_range(network, op) : FlatRange{};
    bytes.push_back(static_cast<std::size_t>(range.end - range.begin) * sizeof(real));
  }
  return bytes;
}

}  // namespace

ProgramPlan plan_program(const Network& network, int workers, const ProgramOptions& options) {
  ProgramPlan plan;
  plan.options = options;
  plan.workers = workers;
  plan.operations = operations_of(network, options.mode, options.gradients);
  if (options.fuse && !options.keep_all) fuse(plan.operations);
  plan.part = part_size(plan.operations, options.mode, options.batch);
  plan.slots = gradient_slots(plan.operations);
  plan_operations(network, plan);
  plan.stages = stages_of(plan.operations, options.batch, plan.part, options.keep_all);
  plan.memory =
      plan_memory(plan.operations, plan.stages, plan.slots,
                  {options.mode, options.batch, plan.part, workers, options.keep_all, gradient_bytes(plan, network)});
  return plan;
}

FlatRange flat_range(const Network& network, const Operation& op) {
  FlatRange all;
  if (!op.trained) return all;
  for (const std::size_t p : op.parameters) {
    if (!network.parameters()[p].parameter.trainable()) continue;
    const FlatRange range = network.flat_range(p);
    CNNCTL_CHECK(all.end == 0 || all.end == range.begin);
    all = {all.end == 0 ? range.begin : all.begin, range.end};
  }
  return all;
}

}  // namespace cnnctl
