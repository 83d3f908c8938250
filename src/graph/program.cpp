#include "graph/program.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "graph/memory_plan.hpp"
#include "graph/operations.hpp"

namespace cnnctl {

struct Program::Impl {
  /// An operation with every address resolved.
  struct Step {
    std::vector<ConstView> inputs;
    View output;
    std::vector<real*> parameters, parameter_gradients;
    std::vector<Gradient> input_gradients;
    real* output_gradient = nullptr;
    std::byte* saved = nullptr;
    std::byte* prepared = nullptr;
    std::byte* prepared_backward = nullptr;
    bool backward = false;
  };

  Impl(const Network& network, const Workers& w, const ProgramOptions& o) : workers(w), options(o) {
    operations = operations_of(network);
    if (options.fuse && !options.keep_all) fuse(operations, options.mode);
    needed = needs_gradient(operations, network);
    slots = gradient_slots(operations, needed);
    plan_operations();
    memory = plan_memory(operations, needed, slots, {options.mode, options.batch, workers.count(), options.keep_all});
  }

  /// Takes the memory that was planned, and binds the operations to it and to the parameters.
  void allocate(Network& network) {
    if (options.mode == Mode::train) network.flat_gradients();
    arena = Buffer(memory.total);
    for (std::size_t i = 0; i < operations.list.size(); ++i) steps.push_back(resolve(network, i));
  }

  void plan_operations() {
    for (std::size_t i = 0; i < operations.list.size(); ++i) {
      Operation& op = operations.list[i];
      Inputs inputs{.shapes = {},
                    .mode = options.mode,
                    .batch = options.batch,
                    .input_gradient = std::any_of(slots[i].begin(), slots[i].end(),
                                                  [](const GradientSlot& slot) { return slot.wanted; }),
                    .winograd = options.winograd};
      for (const std::size_t input : op.inputs) inputs.shapes.push_back(operations.values[input].shape);
      op.plan = op.layer->plan(inputs);
      info.push_back({op.name, op.types, op.plan.algorithm, op.plan.output, op.plan.macs});
    }
  }

  real* at(std::size_t offset) const { return reinterpret_cast<real*>(arena.data() + offset); }
  View value(std::size_t v) const { return {at(memory.value[v]), 0, operations.values[v].shape}; }

  Step resolve(const Network& network, std::size_t i) const {
    const Operation& op = operations.list[i];
    Step step;
    for (const std::size_t input : op.inputs) step.inputs.push_back(value(input));
    step.output = value(op.output);
    for (const std::size_t p : op.parameters) {
      step.parameters.push_back(network.parameters()[p].values);
      step.parameter_gradients.push_back(network.parameters()[p].gradient);
    }
    for (std::size_t slot = 0; slot < op.inputs.size(); ++slot)
      step.input_gradients.push_back(
          {slots[i][slot].wanted ? at(memory.gradient[op.inputs[slot]]) : nullptr, slots[i][slot].accumulate});
    step.backward = options.mode == Mode::train && needed[op.output];
    step.output_gradient = at(memory.gradient[op.output]);
    step.saved = arena.data() + memory.saved[i];
    step.prepared = arena.data() + memory.prepared[i];
    step.prepared_backward = arena.data() + memory.prepared_backward[i];
    return step;
  }

  void set_batch(std::int64_t n) {
    CNNCTL_CHECK(n >= 1 && n <= options.batch);
    for (Step& step : steps) {
      for (ConstView& input : step.inputs) input.n = n;
      step.output.n = n;
    }
    batch = n;
  }

  Run run(std::size_t i, std::byte* prepared) const {
    const Step& step = steps[i];
    return {workers,
            options.mode,
            batch,
            step.inputs,
            step.parameters,
            prepared,
            step.saved,
            arena.data() + memory.scratch,
            arena.data() + memory.worker_scratch,
            memory.worker_bytes,
            seed,
            training_step,
            operations.list[i].key};
  }

  void prepare(std::size_t i, Direction direction) const {
    const Operation& op = operations.list[i];
    const Step& step = steps[i];
    const bool forward = direction == Direction::forward;
    if ((forward ? op.plan.prepared : op.plan.prepared_backward) == 0) return;
    op.layer->prepare({workers, direction, step.parameters, forward ? step.prepared : step.prepared_backward});
  }
  void forward(std::size_t i) const {
    if (options.mode == Mode::train) prepare(i, Direction::forward);
    operations.list[i].layer->forward({run(i, steps[i].prepared), steps[i].output});
  }
  void backward(std::size_t i) const {
    const Step& step = steps[i];
    if (!step.backward) return;
    prepare(i, Direction::backward);
    operations.list[i].layer->backward({run(i, step.prepared_backward),
                                        step.output,
                                        {step.output_gradient, batch, step.output.shape},
                                        step.input_gradients,
                                        step.parameter_gradients});
  }

  const Workers& workers;
  ProgramOptions options;
  Operations operations;
  std::vector<bool> needed;                      // by value
  std::vector<std::vector<GradientSlot>> slots;  // by operation and input
  std::vector<OperationInfo> info;
  MemoryPlan memory;
  Buffer arena;
  std::vector<Step> steps;
  std::int64_t batch = 0;
  std::uint64_t seed = 0, training_step = 0;
};

Program::Program(Network& network, const Workers& workers, ProgramOptions options)
    : impl_(std::make_unique<Impl>(network, workers, options)) {
  impl_->allocate(network);
}

Program::~Program() = default;

View Program::input() {
  View view = impl_->value(0);
  view.n = impl_->options.batch;
  return view;
}

void Program::refresh() {
  if (impl_->options.mode == Mode::train) return;
  for (std::size_t i = 0; i < impl_->steps.size(); ++i) impl_->prepare(i, Direction::forward);
}

ConstView Program::forward(std::int64_t n, std::uint64_t seed, std::int64_t step) {
  impl_->set_batch(n);
  impl_->seed = seed;
  impl_->training_step = static_cast<std::uint64_t>(step);
  for (std::size_t i = 0; i < impl_->steps.size(); ++i) impl_->forward(i);
  return impl_->steps.back().output;
}

real* Program::output_gradient() { return impl_->steps.back().output_gradient; }

void Program::backward() {
  CNNCTL_CHECK(impl_->options.mode == Mode::train && impl_->batch > 0);
  for (std::size_t i = impl_->steps.size(); i-- > 0;) impl_->backward(i);
}

ConstView Program::value(const std::string& layer) const {
  const std::vector<Value>& values = impl_->operations.values;
  const auto found = std::find_if(values.begin(), values.end(), [&](const Value& v) { return v.layer == layer; });
  CNNCTL_CHECK(found != values.end());
  View view = impl_->value(static_cast<std::size_t>(found - values.begin()));
  view.n = impl_->batch;
  return view;
}

std::span<const OperationInfo> Program::operations() const { return impl_->info; }

void Program::run_forward(std::size_t i) { impl_->forward(i); }

void Program::run_backward(std::size_t i) { impl_->backward(i); }

std::size_t Program::arena_bytes() const { return impl_->memory.total; }

std::size_t Program::arena_bytes(const Network& network, const Workers& workers, const ProgramOptions& options) {
  return Impl(network, workers, options).memory.total;
}

}  // namespace cnnctl
