#include "graph/program.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "graph/runner.hpp"

namespace cnnctl {

struct Program::Impl {
  Impl(ProgramPlan p, const Workers& w) : workers(w), plan(std::move(p)) {
    CNNCTL_CHECK_EQ(plan.workers, workers.count());
    results.resize(operations().outputs.size());
  }

  /// Binds the operations to memory such as was planned, and to the parameters.
  void bind(Network& of, const Buffer& room) {
    network = &of;
    CNNCTL_CHECK(room.bytes() >= plan.bytes());
    user = reinterpret_cast<const Impl**>(room.data());
    arena = room.data() + kAlignment;
    if (plan.options.mode == Mode::train && plan.options.keep_gradients)
      kept_gradients = {0, of.flat_size(), of.flat_gradients()};
    runner.emplace(workers, plan.part, operations(), plan.stages, plan.memory.local_bytes);
    for (std::size_t i = 0; i < operations().list.size(); ++i) runner->bind(resolve(of, i));
  }

  const Operations& operations() const { return plan.operations; }

  real* at(std::size_t offset) const { return reinterpret_cast<real*>(arena + offset); }
  Room room(std::size_t v, std::size_t offset, bool local) const {
    return {at((local ? plan.memory.locals : 0) + offset), local ? 0 : operations().values[v].shape.count(), local};
  }
  Room value(std::size_t v) const { return room(v, plan.memory.value[v], plan.stages.local[v]); }
  /// Where the backward pass finds a value.
  Room value_again(std::size_t v) const {
    return plan.stages.recomputed[v] ? room(v, plan.memory.recomputed[v], true) : value(v);
  }
  Room gradient(std::size_t v) const {
    Room found = room(v, plan.memory.gradient[v], plan.stages.local_gradient[v]);
    if (!found.local) found.sample = operations().values[plan.stages.gradient_room[v]].shape.count();
    return found;
  }

  BoundOperation resolve(const Network& network, std::size_t i) const {
    const Operation& op = operations().list[i];
    const MemoryPlan& memory = plan.memory;
    BoundOperation bound{.forward = {{}, value(op.output)},
                         .backward = {{}, value_again(op.output)},
                         .output_gradient = gradient(op.output),
                         .output_shape = operations().values[op.output].shape,
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
    bound.pieces = pieces_of(network, i);
    for (std::size_t slot = 0; slot < op.inputs.size(); ++slot) {
      const std::size_t input = op.inputs[slot];
      const auto [wanted, accumulate] = plan.slots[i][slot];
      bound.forward.inputs.push_back(value(input));
      bound.backward.inputs.push_back(value_again(input));
      bound.input_shapes.push_back(operations().values[input].shape);
      bound.input_gradients.push_back(wanted ? gradient(input) : Room{});
      bound.accumulate.push_back(accumulate);
    }
    return bound;
  }

  /// Of the parameters, or parts of them, that stand in `range`: in the arena for as long as they are in work. No
  /// range: in the network's flat array.
  GradientPiece gradients_of(const Network& network, std::size_t i, FlatRange range) const {
    real* const gradients = at(plan.memory.parameter_gradients[i]);
    const auto place = [&](std::int64_t position) {
      return gradients + (std::clamp(position, range.begin, range.end) - range.begin);
    };
    GradientPiece piece{.gradients = {range.begin, range.end, gradients}};
    for (const std::size_t p : operations().list[i].parameters) {
      const NamedParameter& parameter = network.parameters()[p];
      if (range.begin == range.end || !parameter.parameter.trainable()) {
        piece.parameters.push_back(parameter.trained ? parameter.gradient : nullptr);
        continue;
      }
      const FlatRange own = network.flat_range(p);
      const bool within = own.begin < range.end && own.end > range.begin;
      piece.parameters.push_back(parameter.trained && within ? place(own.begin) : nullptr);
      piece.zeros.push_back({place(own.begin + (parameter.trained ? parameter.parameter.count() : 0)), place(own.end)});
    }
    return piece;
  }

  /// All at once, or so many rows of the first parameter at a time; with the last ones all other parameters.
  std::vector<GradientPiece> pieces_of(const Network& network, std::size_t i) const {
    const Operation& op = operations().list[i];
    const FlatRange range = plan.hands_over() ? flat_range(network, op) : FlatRange{};
    const std::int64_t piece = plan.gradient_rows[i];
    if (piece == 0) return {gradients_of(network, i, range)};
    const Parameter& parameter = network.parameters()[op.parameters[0]].parameter;
    const std::int64_t all = parameter.shape[0], row = parameter.count() / all;
    std::vector<GradientPiece> pieces;
    for (std::int64_t first = 0; first < all; first += piece) {
      const std::int64_t rows = std::min(piece, all - first), begin = range.begin + first * row;
      pieces.push_back(gradients_of(network, i, {begin, first + rows < all ? begin + rows * row : range.end}));
      pieces.back().first = first, pieces.back().rows = rows;
    }
    return pieces;
  }

  /// Prepares what serves many runs, if the parameters have changed or another program has used the memory.
  void prepare() {
    if (stale || *user != this) runner->prepare_once();
    *user = this;
    stale = false;
  }

  View view(std::size_t v, std::int64_t n) const { return {value(v).base, n, operations().values[v].shape}; }

  const Workers& workers;
  ProgramPlan plan;
  const Network* network = nullptr;
  Buffer own;                   // empty: the caller's
  const Impl** user = nullptr;  // of the memory, the last one
  bool stale = true;            // what is prepared once
  std::byte* arena = nullptr;
  Gradients kept_gradients;
  std::optional<Runner> runner;
  std::int64_t batch = 0;  // of the last forward pass
  std::vector<ConstView> results;
};

Program::Program(ProgramPlan plan, Network& network, const Workers& workers)
    : impl_(std::make_unique<Impl>(std::move(plan), workers)) {
  impl_->own = Buffer(impl_->plan.bytes());
  impl_->bind(network, impl_->own);
}

Program::Program(ProgramPlan plan, Network& network, const Workers& workers, Buffer& memory)
    : impl_(std::make_unique<Impl>(std::move(plan), workers)) {
  impl_->bind(network, memory);
}

Program::Program(Network& network, const Workers& workers, const ProgramOptions& options)
    : Program(plan_program(network, workers.count(), options), network, workers) {}

Program::~Program() = default;

std::span<const ModelInput> Program::inputs() const { return impl_->network->inputs(); }

View Program::input(std::size_t i) {
  CNNCTL_CHECK(i < impl_->operations().inputs);
  return impl_->view(i, impl_->plan.options.batch);
}

void Program::refresh() { impl_->stale = true; }

ConstView Program::forward(std::int64_t n, std::uint64_t seed, std::int64_t step) {
  CNNCTL_CHECK(n >= 1 && n <= impl_->plan.options.batch);
  impl_->batch = n;
  impl_->prepare();
  impl_->runner->forward({n, seed, static_cast<std::uint64_t>(step)});
  for (std::size_t i = 0; i < impl_->results.size(); ++i)
    impl_->results[i] = impl_->view(impl_->operations().outputs[i], n);
  return impl_->results[0];
}

std::span<const ConstView> Program::outputs() const { return impl_->results; }

real* Program::output_gradient(std::size_t i) {
  const std::size_t value = impl_->operations().outputs[i];
  return impl_->operations().values[value].loss ? impl_->gradient(value).base : nullptr;
}

void Program::backward(FunctionRef<void(const Gradients& gradients)> receive) {
  CNNCTL_CHECK(impl_->plan.options.mode == Mode::train && impl_->batch > 0);
  impl_->runner->backward(receive);
  if (impl_->plan.options.keep_gradients) receive(impl_->kept_gradients);
}

ConstView Program::value(const std::string& layer) const {
  const Operations& operations = impl_->operations();
  const auto found = std::find_if(operations.values.begin(), operations.values.end(),
                                  [&](const Value& v) { return v.layer == layer; });
  CNNCTL_CHECK(found != operations.values.end());
  const auto value = static_cast<std::size_t>(found - operations.values.begin());
  CNNCTL_CHECK(impl_->plan.options.keep_all || found->output);
  return impl_->view(value, impl_->batch);
}

std::span<const OperationInfo> Program::operations() const { return impl_->plan.info; }

void Program::measure() { impl_->runner->measure(); }

std::span<const OperationTime> Program::times() const { return impl_->runner->times(); }

}  // namespace cnnctl
