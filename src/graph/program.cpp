#include "graph/program.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "graph/memory_plan.hpp"
#include "graph/operations.hpp"
#include "graph/runner.hpp"
#include "graph/stages.hpp"

namespace cnnctl {

struct Program::Impl {
  Impl(const Network& network, const Workers& w, const ProgramOptions& o) : workers(w), options(o) {
    operations = operations_of(network);
    if (options.fuse && !options.keep_all) fuse(operations, options.mode);
    group = group_size(operations, options.mode, options.batch);
    needed = needs_gradient(operations, network);
    slots = gradient_slots(operations, needed);
    plan_operations();
    std::vector<bool> backward;
    for (const Operation& op : operations.list) backward.push_back(options.mode == Mode::train && needed[op.output]);
    stages = stages_of(operations, backward, options.batch, group, options.keep_all);
    std::vector<std::size_t> gradient_bytes;
    for (const Operation& op : operations.list) {
      const FlatRange range = hands_over() ? flat_range(network, op) : FlatRange{};
      gradient_bytes.push_back(static_cast<std::size_t>(range.end - range.begin) * sizeof(real));
    }
    memory = plan_memory(operations, stages, needed, slots,
                         {options.mode, options.batch, group, workers.count(), options.keep_all, gradient_bytes});
  }

  /// Gradients of parameters live in the arena.
  bool hands_over() const { return options.mode == Mode::train && !options.keep_gradients; }

  /// Where the trained parameters of an operation, which stand side by side, begin and end in the flat arrays.
  static FlatRange flat_range(const Network& network, const Operation& op) {
    FlatRange all;
    for (const std::size_t p : op.parameters) {
      if (!network.parameters()[p].parameter.trainable()) continue;
      const FlatRange range = network.flat_range(p);
      CNNCTL_CHECK(all.end == 0 || all.end == range.begin);
      all = {all.end == 0 ? range.begin : all.begin, range.end};
    }
    return all;
  }

  void plan_operations() {
    for (std::size_t i = 0; i < operations.list.size(); ++i) {
      Operation& op = operations.list[i];
      Inputs inputs{.shapes = {},
                    .mode = options.mode,
                    .batch = options.batch,
                    .input_gradient = std::any_of(slots[i].begin(), slots[i].end(),
                                                  [](const GradientSlot& slot) { return slot.wanted; }),
                    .winograd = options.winograd,
                    .group = group};
      for (const std::size_t input : op.inputs) inputs.shapes.push_back(operations.values[input].shape);
      op.plan = op.layer->plan(inputs);
      const std::int64_t gradients = (op.parameters.empty() ? 0 : 1) + (inputs.input_gradient ? 1 : 0);
      info.push_back({op.name, op.types, op.plan.algorithm, op.plan.output, op.plan.macs, gradients * op.plan.macs});
    }
  }

  /// Binds the operations to memory such as was planned, and to the parameters.
  void bind(Network& network, const Buffer& room) {
    CNNCTL_CHECK(room.bytes() >= memory.total);
    arena = room.data();
    if (options.mode == Mode::train && options.keep_gradients)
      kept_gradients = {0, network.flat_size(), network.flat_gradients()};
    runner.emplace(workers, options.mode, group, operations, stages, memory.local_bytes);
    for (std::size_t i = 0; i < operations.list.size(); ++i) runner->bind(resolve(network, i));
  }

  real* at(std::size_t offset) const { return reinterpret_cast<real*>(arena + offset); }
  Room room(std::size_t v, std::size_t offset, bool local) const {
    return {at((local ? memory.locals : 0) + offset), local ? 0 : operations.values[v].shape.count(), local};
  }
  Room value(std::size_t v) const { return room(v, memory.value[v], stages.local[v]); }
  /// Where the backward pass finds a value.
  Room value_again(std::size_t v) const {
    return stages.recomputed[v] ? room(v, memory.recomputed[v], true) : value(v);
  }
  Room gradient(std::size_t v) const {
    Room found = room(v, memory.gradient[v], stages.local_gradient[v]);
    if (!found.local) found.sample = operations.values[stages.gradient_room[v]].shape.count();
    return found;
  }

  BoundOperation resolve(const Network& network, std::size_t i) const {
    const Operation& op = operations.list[i];
    BoundOperation bound{.forward = {{}, value(op.output)},
                         .backward = {{}, value_again(op.output)},
                         .output_gradient = gradient(op.output),
                         .output_shape = operations.values[op.output].shape,
                         .saved = arena + memory.saved[i],
                         .prepared = arena + memory.prepared[i],
                         .prepared_backward = arena + memory.prepared_backward[i],
                         .sums = arena + memory.sums[i],
                         .prepare_scratch = arena + memory.prepare_scratch,
                         .scratch = arena + memory.scratch[i],
                         .scratch_backward = arena + memory.scratch_backward[i],
                         .parameter_scratch = arena + memory.parameter_scratch[i],
                         .worker_scratch = arena + memory.worker_scratch,
                         .worker_scratch_bytes = memory.worker_bytes};
    for (const std::size_t p : op.parameters) bound.parameters.push_back(network.parameters()[p].values);
    bind_gradients(network, i, bound);
    for (std::size_t slot = 0; slot < op.inputs.size(); ++slot) {
      const std::size_t input = op.inputs[slot];
      bound.forward.inputs.push_back(value(input));
      bound.backward.inputs.push_back(value_again(input));
      bound.input_shapes.push_back(operations.values[input].shape);
      bound.input_gradients.push_back(slots[i][slot].wanted ? gradient(input) : Room{});
      bound.accumulate.push_back(slots[i][slot].accumulate);
    }
    return bound;
  }

  /// In the network's flat array, or in the arena for as long as their operation is in work.
  void bind_gradients(const Network& network, std::size_t i, BoundOperation& bound) const {
    const FlatRange range = hands_over() ? flat_range(network, operations.list[i]) : FlatRange{};
    bound.gradients = {range.begin, range.end, at(memory.parameter_gradients[i])};
    for (const std::size_t p : operations.list[i].parameters) {
      const NamedParameter& parameter = network.parameters()[p];
      if (!hands_over() || !parameter.parameter.trainable()) {
        bound.parameter_gradients.push_back(parameter.gradient);
        continue;
      }
      const FlatRange own = network.flat_range(p);
      real* gradient = at(memory.parameter_gradients[i]) + (own.begin - range.begin);
      bound.parameter_gradients.push_back(gradient);
      bound.paddings.push_back({gradient + parameter.parameter.count(), gradient + (own.end - own.begin)});
    }
  }

  View view(std::size_t v, std::int64_t n) const { return {value(v).base, n, operations.values[v].shape}; }
  std::size_t result() const { return operations.list.back().output; }

  const Workers& workers;
  ProgramOptions options;
  Operations operations;
  std::int64_t group = 1;
  std::vector<bool> needed;                      // by value
  std::vector<std::vector<GradientSlot>> slots;  // by operation and input
  std::vector<OperationInfo> info;
  Stages stages;
  MemoryPlan memory;
  Buffer own;  // empty: the caller's
  std::byte* arena = nullptr;
  Gradients kept_gradients;
  std::optional<Runner> runner;
  std::int64_t batch = 0;  // of the last forward pass
};

Program::Program(Network& network, const Workers& workers, ProgramOptions options)
    : impl_(std::make_unique<Impl>(network, workers, options)) {
  impl_->own = Buffer(impl_->memory.total);
  impl_->bind(network, impl_->own);
}

Program::Program(Network& network, const Workers& workers, ProgramOptions options, Buffer& memory)
    : impl_(std::make_unique<Impl>(network, workers, options)) {
  impl_->bind(network, memory);
}

Program::~Program() = default;

View Program::input() { return impl_->view(0, impl_->options.batch); }

void Program::refresh() {
  if (impl_->options.mode == Mode::infer) impl_->runner->prepare_all();
}

ConstView Program::forward(std::int64_t n, std::uint64_t seed, std::int64_t step) {
  CNNCTL_CHECK(n >= 1 && n <= impl_->options.batch);
  impl_->batch = n;
  impl_->runner->forward({n, seed, static_cast<std::uint64_t>(step)});
  return impl_->view(impl_->result(), n);
}

real* Program::output_gradient() { return impl_->gradient(impl_->result()).base; }

void Program::backward(FunctionRef<void(const Gradients& gradients)> receive) {
  CNNCTL_CHECK(impl_->options.mode == Mode::train && impl_->batch > 0);
  impl_->runner->backward(receive);
  if (impl_->options.keep_gradients) receive(impl_->kept_gradients);
}

ConstView Program::value(const std::string& layer) const {
  const std::vector<Value>& values = impl_->operations.values;
  const auto found = std::find_if(values.begin(), values.end(), [&](const Value& v) { return v.layer == layer; });
  CNNCTL_CHECK(found != values.end() && (impl_->options.keep_all || found + 1 == values.end()));
  return impl_->view(static_cast<std::size_t>(found - values.begin()), impl_->batch);
}

std::span<const OperationInfo> Program::operations() const { return impl_->info; }

void Program::measure() { impl_->runner->measure(); }

std::span<const OperationTime> Program::times() const { return impl_->runner->times(); }

std::size_t Program::arena_bytes() const { return impl_->memory.total; }

std::size_t Program::arena_bytes(const Network& network, const Workers& workers, const ProgramOptions& options) {
  return Impl(network, workers, options).memory.total;
}

}  // namespace cnnctl
