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

// Where the gradient of a parameter is formed in pieces: values of those that are large enough, and of a piece, which
// an optimizer should find in the cache. Pieces have whole cache lines.
constexpr std::int64_t kLargeGradient = 1 << 20, kPieceValues = 1 << 18, kRowStep = 16;

/// ProgramPlan::gradient_rows of an operation.
std::int64_t gradient_rows(const ProgramPlan& plan, const Network& network, const Operation& op) {
  if (!plan.options.by_value || !plan.hands_over() || !op.trained || !op.plan.by_rows) return 0;
  const NamedParameter& first = network.parameters()[op.parameters[0]];
  if (!first.trained || first.parameter.count() < kLargeGradient) return 0;
  const std::int64_t rows = first.parameter.shape[0], row = first.parameter.count() / rows;
  const std::int64_t piece = std::max<std::int64_t>(1, kPieceValues / (row * kRowStep)) * kRowStep;
  return piece < rows ? piece : 0;
}

/// Bytes of the parameters' gradients that stand in the arena at once, by operation. The last piece has those of the
/// other parameters.
std::vector<std::size_t> gradient_bytes(const ProgramPlan& plan, const Network& network) {
  std::vector<std::size_t> bytes;
  for (std::size_t i = 0; i < plan.operations.list.size(); ++i) {
    const Operation& op = plan.operations.list[i];
    const FlatRange range = plan.hands_over() ? flat_range(network, op) : FlatRange{};
    std::int64_t values = range.end - range.begin;
    if (const std::int64_t piece = plan.gradient_rows[i]; piece > 0) {
      const Parameter& first = network.parameters()[op.parameters[0]].parameter;
      values -= (first.shape[0] - piece) * (first.count() / first.shape[0]);
    }
    bytes.push_back(static_cast<std::size_t>(values) * sizeof(real));
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
  for (const Operation& op : plan.operations.list) plan.gradient_rows.push_back(gradient_rows(plan, network, op));
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
