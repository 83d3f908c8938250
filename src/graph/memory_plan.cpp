#include "graph/memory_plan.hpp"

#include <algorithm>
#include <limits>

#include "graph/arena.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {
namespace {

constexpr std::int64_t kPreparing = -2;  // before all runs; in inference what prepared it is free again then
constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::max();

/// Buffers in one block of memory.
class Block {
 public:
  /// Returns the buffer's number.
  std::size_t add(std::size_t bytes, std::int64_t begin, std::int64_t end) {
    buffers_.push_back({bytes, begin, end, 0});
    return buffers_.size() - 1;
  }
  void extend(std::size_t buffer, std::int64_t time) { buffers_[buffer].end = std::max(buffers_[buffer].end, time); }
  /// Places all; returns the bytes of the block.
  std::size_t place() { return cnnctl::place(buffers_); }
  std::size_t offset(std::size_t buffer) const { return buffers_[buffer].offset; }

 private:
  std::vector<Lifetime> buffers_;
};

/// The buffers of one program while their lives are being worked out. Lives in the arena are counted in stages, lives
/// in the workers' local memory in operations, those of the backward pass behind those of the forward pass.
class Planner {
 public:
  Planner(const Operations& operations, const Stages& stages, const std::vector<std::vector<GradientSlot>>& slots,
          const MemoryOptions& options)
      : operations_(operations),
        stages_(stages),
        slots_(slots),
        options_(options),
        n_(operations.list.size()),
        value_(operations.values.size(), kNone),
        recomputed_(operations.values.size(), kNone),
        gradient_(operations.values.size(), kNone),
        last_use_(operations.values.size(), -1),
        last_reader_(operations.values.size(), 0) {}

  MemoryPlan plan() {
    find_uses();
    add_values();
    if (training()) {
      add_recomputed();
      add_gradients();
    }
    add_operation_buffers();
    return finish();
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  bool training() const { return options_.mode == Mode::train; }
  std::size_t bytes(std::size_t value) const { return bytes(value, options_.batch); }
  std::size_t part_bytes(std::size_t value) const { return bytes(value, options_.part); }
  std::size_t bytes(std::size_t value, std::int64_t samples) const {
    return static_cast<std::size_t>(samples * operations_.values[value].shape.count()) * sizeof(real);
  }
  const Operation& operation(std::size_t i) const { return operations_.list[i]; }
  bool runs_backward(const Operation& op) const { return operations_.has_backward(op); }
  /// A buffer of the arena that lives during stages [begin, end].
  std::size_t add(std::size_t bytes, std::int64_t begin, std::int64_t end) {
    return arena_.add(bytes, parts_time(begin), parameters_time(end));
  }
  // A stage has two times: its parts run, then what needs the whole batch.
  static std::int64_t parts_time(std::int64_t stage) { return 2 * stage; }
  static std::int64_t parameters_time(std::int64_t stage) { return stage == kAlways ? kAlways : 2 * stage + 1; }

  static std::int64_t local_time(std::size_t i) { return static_cast<std::int64_t>(i); }
  std::int64_t local_backward_time(std::size_t i) const { return static_cast<std::int64_t>(2 * n_ - i); }

  void find_uses() {
    const auto use = [&](std::size_t value, std::int64_t time) { last_use_[value] = std::max(last_use_[value], time); };
    for (std::size_t i = 0; i < n_; ++i) {
      const Operation& op = operation(i);
      const std::int64_t forward = stages_.forward_time[i].end, backward = stages_.backward_time[i].end;
      use(op.output, forward);
      if (runs_backward(op) && op.plan.reads.output) use(op.output, backward);
      for (const std::size_t input : op.inputs) {
        use(input, runs_backward(op) && op.backward_reads(input) ? backward : forward);
        last_reader_[input] = i;
      }
    }
    for (std::size_t i = 0; i < n_; ++i)
      if (stages_.recomputed[operation(i).output])
        for (const std::size_t input : operation(i).inputs) use(input, last_use_[operation(i).output]);
    for (std::size_t v = 0; v < operations_.inputs; ++v) last_use_[v] = kAlways;  // the same data may be run again
    for (const std::size_t v : operations_.outputs) last_use_[v] = kAlways;       // read after the run
    if (options_.keep_all) std::fill(last_use_.begin(), last_use_.end(), kAlways);
  }

  /// A result may stand on its input's bytes if nobody reads the input later.
  bool in_place(std::size_t i) const {
    const Operation& op = operation(i);
    const std::size_t input = op.inputs[0];
    return op.plan.in_place.forward && last_reader_[input] == i && last_use_[input] == stages_.forward_time[i].end &&
           stages_.local[input] == stages_.local[op.output] && bytes(input) == bytes(op.output) &&
           std::count(op.inputs.begin(), op.inputs.end(), input) == 1;
  }

  void add_values() {
    for (std::size_t v = 0; v < operations_.inputs; ++v) value_[v] = add(bytes(v), kPreparing, last_use_[v]);
    for (std::size_t i = 0; i < n_; ++i) {
      const std::size_t output = operation(i).output;
      const bool local = stages_.local[output];
      const std::int64_t local_end = std::max(local_time(i), local_time(last_reader_[output]));
      if (in_place(i)) {
        value_[output] = value_[operation(i).inputs[0]];
        local ? locals_.extend(value_[output], local_end)
              : arena_.extend(value_[output], parameters_time(last_use_[output]));
      } else {
        value_[output] = local ? locals_.add(part_bytes(output), local_time(i), local_end)
                               : add(bytes(output), stages_.forward_time[i].end, last_use_[output]);
      }
    }
  }

  /// From the backward pass of its last reader, before which it is computed, to that of its first one.
  void add_recomputed() {
    for (std::size_t reader = n_; reader-- > 0;) {
      const std::size_t input = operation(reader).inputs[0];
      if (!runs_backward(operation(reader)) || !operation(reader).backward_reads(input)) continue;
      if (!stages_.recomputed[input]) continue;
      const std::int64_t time = local_backward_time(reader);
      if (recomputed_[input] == kNone) recomputed_[input] = locals_.add(part_bytes(input), time, time);
      locals_.extend(recomputed_[input], time);
    }
  }

  /// A gradient lives from its first writer (the loss, or the last consumer) to the backward pass of its producer.
  void add_gradients() {
    for (std::size_t v = 0; v < operations_.values.size(); ++v)
      if (operations_.values[v].loss) gradient_[v] = add(bytes(v), stages_.loss, stages_.loss);
    for (std::size_t i = n_; i-- > 0;) {
      const Operation& op = operation(i);
      if (!operations_.has_backward(op)) continue;
      extend_gradient(op.output, i);
      for (std::size_t slot = 0; slot < op.inputs.size(); ++slot) {
        const std::size_t input = op.inputs[slot];
        if (!slots_[i][slot].wanted) continue;
        if (gradient_[input] == kNone) gradient_[input] = new_gradient(i, slot);
        extend_gradient(input, i);
      }
    }
  }

  /// The buffer of the gradient that operation i is the first to write.
  std::size_t new_gradient(std::size_t i, std::size_t slot) {
    const Operation& op = operation(i);
    const std::size_t input = op.inputs[slot];
    const bool local = stages_.local_gradient[input];
    // Some layers turn the gradient of their output into that of their input where it stands.
    if (slot == 0 && op.plan.in_place.backward && bytes(input) == bytes(op.output) &&
        local == stages_.local_gradient[op.output])
      return gradient_[op.output];
    if (local) return locals_.add(part_bytes(input), local_backward_time(i), local_backward_time(i));
    if (const std::size_t room = stages_.gradient_room[input]; room != input) return gradient_[room];
    return add(bytes(input), stages_.backward_time[i].end, stages_.backward_time[i].end);
  }

  void extend_gradient(std::size_t value, std::size_t i) {
    if (stages_.local_gradient[value])
      locals_.extend(gradient_[value], local_backward_time(i));
    else
      arena_.extend(gradient_[value], parameters_time(stages_.backward_time[i].end));
  }

  void add_operation_buffers() {
    std::size_t worker = 0, preparing = 0;
    for (std::size_t i = 0; i < n_; ++i) {
      const Plan& plan = operation(i).plan;
      const Span forward = stages_.forward_time[i], backward = stages_.backward_time[i];
      const bool both = runs_backward(operation(i));
      const std::int64_t before = parts_time(backward.end), after = parameters_time(backward.end);
      const auto sums = static_cast<std::size_t>(stages_.summing[i].sums);
      saved_.push_back(add(plan.bytes.saved, forward.begin, both ? backward.end : forward.end));
      // Before each use if parameters change between, so that the bytes serve others then.
      prepared_.push_back(operation(i).prepared_once() ? add(plan.bytes.prepared, kPreparing, kAlways)
                                                       : add(plan.bytes.prepared, forward.end, forward.end));
      prepared_backward_.push_back(arena_.add(both ? plan.bytes.prepared_backward : 0, before, before));
      sums_.push_back(add(plan.bytes.parameter_sum * sums, backward.end, backward.end));
      scratch_.push_back(add(plan.bytes.scratch, forward.begin, forward.end));
      scratch_backward_.push_back(arena_.add(both ? plan.bytes.scratch : 0, parts_time(backward.begin), before));
      parameter_scratch_.push_back(arena_.add(both ? plan.bytes.parameter_scratch : 0, after, after));
      parameter_gradients_.push_back(
          arena_.add(both ? options_.parameter_gradients[i] : 0, parameters_time(backward.begin), after));
      worker = std::max(worker, aligned(plan.bytes.worker_scratch));
      preparing = std::max(preparing, plan.bytes.prepare_scratch);
    }
    const auto workers = static_cast<std::size_t>(options_.workers);
    worker_bytes_ = worker;
    prepare_scratch_ = add(preparing, kPreparing, training() ? kAlways : kPreparing);
    worker_scratch_ = add(worker * workers, kPreparing + 1, kAlways);
    local_bytes_ = aligned(locals_.place());
    local_memory_ = add(local_bytes_ * workers, kPreparing + 1, kAlways);
  }

  MemoryPlan finish() {
    MemoryPlan plan;
    plan.total = arena_.place();
    const auto offset = [](const Block& block, std::size_t id) { return id == kNone ? 0 : block.offset(id); };
    for (std::size_t v = 0; v < value_.size(); ++v) {
      plan.value.push_back(offset(stages_.local[v] ? locals_ : arena_, value_[v]));
      plan.recomputed.push_back(offset(locals_, recomputed_[v]));
      plan.gradient.push_back(offset(stages_.local_gradient[v] ? locals_ : arena_, gradient_[v]));
    }
    const auto offsets = [&](const std::vector<std::size_t>& ids) {
      std::vector<std::size_t> found;
      for (const std::size_t id : ids) found.push_back(arena_.offset(id));
      return found;
    };
    plan.saved = offsets(saved_);
    plan.prepared = offsets(prepared_);
    plan.prepared_backward = offsets(prepared_backward_);
    plan.sums = offsets(sums_);
    plan.locals = arena_.offset(local_memory_);
    plan.local_bytes = local_bytes_;
    plan.scratch = offsets(scratch_);
    plan.scratch_backward = offsets(scratch_backward_);
    plan.parameter_scratch = offsets(parameter_scratch_);
    plan.parameter_gradients = offsets(parameter_gradients_);
    plan.prepare_scratch = arena_.offset(prepare_scratch_);
    plan.worker_scratch = arena_.offset(worker_scratch_);
    plan.worker_bytes = worker_bytes_;
    return plan;
  }

  const Operations& operations_;
  const Stages& stages_;
  const std::vector<std::vector<GradientSlot>>& slots_;
  const MemoryOptions& options_;
  std::size_t n_;
  Block arena_, locals_;
  std::vector<std::size_t> value_, recomputed_, gradient_;  // buffers, by value
  // Buffers, by operation.
  std::vector<std::size_t> saved_, prepared_, prepared_backward_, sums_, scratch_, scratch_backward_,
      parameter_scratch_, parameter_gradients_;
  std::vector<std::int64_t> last_use_;    // of each value, in stages
  std::vector<std::size_t> last_reader_;  // of each value: the operation, forwards
  std::size_t prepare_scratch_ = 0, worker_scratch_ = 0, worker_bytes_ = 0, local_memory_ = 0, local_bytes_ = 0;
};

}  // namespace

MemoryPlan plan_memory(const Operations& operations, const Stages& stages,
                       const std::vector<std::vector<GradientSlot>>& slots, const MemoryOptions& options) {
  return Planner(operations, stages, slots, options).plan();
}

}  // namespace cnnctl
