#include "graph/memory_plan.hpp"

#include <algorithm>
#include <limits>

#include "graph/arena.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {
namespace {

constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::max();

/// The buffers of one program while their lives are being worked out.
class Planner {
 public:
  Planner(const Operations& operations, const Stages& stages, const std::vector<bool>& needed,
          const std::vector<std::vector<GradientSlot>>& slots, const MemoryOptions& options)
      : operations_(operations),
        stages_(stages),
        needed_(needed),
        slots_(slots),
        options_(options),
        n_(operations.list.size()),
        value_(operations.values.size(), kNone),
        gradient_(operations.values.size(), kNone),
        first_use_(operations.values.size(), -1),
        last_use_(operations.values.size(), -1),
        last_reader_(operations.values.size(), 0),
        local_(operations.values.size(), false) {}

  MemoryPlan plan() {
    find_uses();
    add_values();
    if (training()) add_gradients();
    add_operation_buffers();
    return finish();
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  bool training() const { return options_.mode == Mode::train; }
  std::size_t bytes(std::size_t value) const { return bytes(value, options_.batch); }
  std::size_t bytes(std::size_t value, std::int64_t samples) const {
    return static_cast<std::size_t>(samples * operations_.values[value].shape.count()) * sizeof(real);
  }
  std::size_t add(std::size_t size, std::int64_t begin, std::int64_t end) {
    buffers_.push_back({size, begin, end, 0});
    return buffers_.size() - 1;
  }
  const Operation& operation(std::size_t i) const { return operations_.list[i]; }
  bool runs_backward(const Operation& op) const { return training() && needed_[op.output]; }

  void find_uses() {
    const auto use = [&](std::size_t value, std::int64_t time) { last_use_[value] = std::max(last_use_[value], time); };
    for (std::size_t i = 0; i < n_; ++i) {
      const Operation& op = operation(i);
      const Span forward = stages_.forward_time[i], backward = stages_.backward_time[i];
      first_use_[op.output] = forward.end;
      use(op.output, forward.end);
      if (runs_backward(op) && op.plan.backward_reads_output) use(op.output, backward.end);
      for (const std::size_t input : op.inputs) {
        use(input, runs_backward(op) && op.plan.backward_reads_input ? backward.end : forward.end);
        last_reader_[input] = i;
      }
    }
    last_use_[0] = kAlways;                               // the caller may run the same data again
    last_use_[operations_.list.back().output] = kAlways;  // the result is read after the run
    if (options_.keep_all) std::fill(last_use_.begin(), last_use_.end(), kAlways);
  }

  /// A result may stand on its input's bytes if nobody reads the input later.
  bool in_place(std::size_t i) const {
    const Operation& op = operation(i);
    const std::size_t input = op.inputs[0];
    return op.plan.in_place && last_reader_[input] == i && last_use_[input] == stages_.forward_time[i].end &&
           bytes(input) == bytes(op.output) && std::count(op.inputs.begin(), op.inputs.end(), input) == 1;
  }

  /// Only one chain sees the value.
  bool is_local(std::size_t i) const {
    const std::size_t output = operation(i).output;
    return !training() && last_use_[output] == stages_.forward_time[i].end &&
           stages_.forward[static_cast<std::size_t>(stages_.forward_time[i].end)].chain;
  }

  /// Values of the batch live from stage to stage, those of a group from operation to operation.
  void add_values() {
    value_[0] = add(bytes(0), -1, last_use_[0]);
    for (std::size_t i = 0; i < n_; ++i) {
      const std::size_t output = operation(i).output, input = operation(i).inputs[0];
      local_[output] = is_local(i);
      std::vector<Lifetime>& list = local_[output] ? locals_ : buffers_;
      const auto begin = static_cast<std::int64_t>(i);
      const std::int64_t end = local_[output] ? static_cast<std::int64_t>(last_reader_[output]) : last_use_[output];
      if (in_place(i) && local_[input] == local_[output]) {
        value_[output] = value_[input];
        list[value_[output]].end = std::max(list[value_[output]].end, end);
      } else if (local_[output]) {
        locals_.push_back({bytes(output, options_.group), begin, std::max(begin, end), 0});
        value_[output] = locals_.size() - 1;
      } else {
        value_[output] = add(bytes(output), first_use_[output], end);
      }
    }
  }

  /// A gradient lives from its first writer (the loss, or the last consumer) to the backward pass of its producer.
  void add_gradients() {
    const std::size_t result = operations_.list.back().output;
    gradient_[result] = add(bytes(result), stages_.loss, stages_.loss);
    for (std::size_t i = n_; i-- > 0;) {
      const Operation& op = operation(i);
      if (!needed_[op.output]) continue;
      const std::int64_t time = stages_.backward_time[i].end;
      for (std::size_t slot = 0; slot < op.inputs.size(); ++slot) {
        const std::size_t input = op.inputs[slot];
        if (!slots_[i][slot].wanted || gradient_[input] != kNone) continue;
        // Some layers turn the gradient of their output into that of their input where it stands.
        const bool here = slot == 0 && op.plan.gradient_in_place && bytes(input) == bytes(op.output);
        gradient_[input] = here ? gradient_[op.output] : add(bytes(input), time, time);
      }
      extend(gradient_[op.output], time);
      for (std::size_t slot = 0; slot < op.inputs.size(); ++slot)
        if (slots_[i][slot].wanted) extend(gradient_[op.inputs[slot]], time);
    }
  }

  void extend(std::size_t buffer, std::int64_t time) { buffers_[buffer].end = std::max(buffers_[buffer].end, time); }

  void add_operation_buffers() {
    std::size_t scratch = 0, worker = 0;
    for (std::size_t i = 0; i < n_; ++i) {
      const Operation& op = operation(i);
      const Span forward = stages_.forward_time[i], backward = stages_.backward_time[i];
      saved_.push_back(add(op.plan.saved, forward.begin, runs_backward(op) ? backward.end : forward.end));
      // In inference prepared once for all runs; in training before each use, so that the bytes serve others between.
      prepared_.push_back(training() ? add(op.plan.prepared, forward.end, forward.end)
                                     : add(op.plan.prepared, -1, kAlways));
      prepared_backward_.push_back(add(runs_backward(op) ? op.plan.prepared_backward : 0, backward.end, backward.end));
      scratch = std::max(scratch, op.plan.scratch);
      worker = std::max(worker, aligned(op.plan.worker_scratch));
    }
    const auto workers = static_cast<std::size_t>(options_.workers);
    scratch_ = add(scratch, -1, kAlways);
    worker_bytes_ = worker;
    worker_scratch_ = add(worker * workers, -1, kAlways);
    local_bytes_ = aligned(place(locals_));
    local_arena_ = add(local_bytes_ * workers, -1, kAlways);
  }

  MemoryPlan finish() {
    MemoryPlan plan;
    plan.total = place(buffers_);
    const auto offset = [&](std::size_t id) { return id == kNone ? 0 : buffers_[id].offset; };
    const auto offsets = [&](const std::vector<std::size_t>& ids) {
      std::vector<std::size_t> found;
      for (const std::size_t id : ids) found.push_back(offset(id));
      return found;
    };
    for (std::size_t v = 0; v < value_.size(); ++v)
      plan.value.push_back(local_[v] ? locals_[value_[v]].offset : offset(value_[v]));
    plan.local = local_;
    plan.locals = offset(local_arena_);
    plan.local_bytes = local_bytes_;
    plan.gradient = offsets(gradient_);
    plan.saved = offsets(saved_);
    plan.prepared = offsets(prepared_);
    plan.prepared_backward = offsets(prepared_backward_);
    plan.scratch = offset(scratch_);
    plan.worker_scratch = offset(worker_scratch_);
    plan.worker_bytes = worker_bytes_;
    return plan;
  }

  const Operations& operations_;
  const Stages& stages_;
  const std::vector<bool>& needed_;
  const std::vector<std::vector<GradientSlot>>& slots_;
  const MemoryOptions& options_;
  std::size_t n_;
  std::vector<Lifetime> buffers_, locals_;
  std::vector<std::size_t> value_, gradient_, saved_, prepared_, prepared_backward_;  // buffers
  std::vector<std::int64_t> first_use_, last_use_;                                    // of each value, in stages
  std::vector<std::size_t> last_reader_;                                              // the operation, forwards
  std::vector<bool> local_;
  std::size_t scratch_ = 0, worker_scratch_ = 0, worker_bytes_ = 0, local_arena_ = 0, local_bytes_ = 0;
};

}  // namespace

std::vector<bool> needs_gradient(const Operations& operations, const Network& network) {
  std::vector<bool> needed(operations.values.size());
  for (const Operation& op : operations.list) {
    const auto trained = [&](std::size_t p) { return network.parameters()[p].parameter.trainable(); };
    needed[op.output] = std::any_of(op.parameters.begin(), op.parameters.end(), trained) ||
                        std::any_of(op.inputs.begin(), op.inputs.end(), [&](std::size_t v) { return needed[v]; });
  }
  return needed;
}

std::vector<std::vector<GradientSlot>> gradient_slots(const Operations& operations, const std::vector<bool>& needed) {
  std::vector<std::vector<GradientSlot>> slots(operations.list.size());
  std::vector<bool> written(operations.values.size());
  for (std::size_t i = operations.list.size(); i-- > 0;) {
    const Operation& op = operations.list[i];
    slots[i].resize(op.inputs.size());
    if (!needed[op.output]) continue;
    for (std::size_t slot = 0; slot < op.inputs.size(); ++slot) {
      const std::size_t input = op.inputs[slot];
      slots[i][slot] = {needed[input], written[input]};
      written[input] = true;
    }
  }
  return slots;
}

MemoryPlan plan_memory(const Operations& operations, const Stages& stages, const std::vector<bool>& needed,
                       const std::vector<std::vector<GradientSlot>>& slots, const MemoryOptions& options) {
  return Planner(operations, stages, needed, slots, options).plan();
}

}  // namespace cnnctl
