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
  Planner(const Operations& operations, const std::vector<bool>& needed,
          const std::vector<std::vector<GradientSlot>>& slots, const MemoryOptions& options)
      : operations_(operations),
        needed_(needed),
        slots_(slots),
        options_(options),
        n_(static_cast<std::int64_t>(operations.list.size())),
        value_(operations.values.size(), kNone),
        gradient_(operations.values.size(), kNone),
        last_use_(operations.values.size(), 0) {}

  MemoryPlan plan() {
    find_last_uses();
    add_values();
    if (training()) add_gradients();
    add_operation_buffers();
    return finish();
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  bool training() const { return options_.mode == Mode::train; }
  std::int64_t backward_time(std::int64_t op) const { return 2 * n_ - op; }
  std::size_t bytes(std::size_t value) const {
    return static_cast<std::size_t>(options_.batch * operations_.values[value].shape.count()) * sizeof(real);
  }
  std::size_t add(std::size_t size, std::int64_t begin, std::int64_t end) {
    buffers_.push_back({size, begin, end, 0});
    return buffers_.size() - 1;
  }
  template <class Body>
  void for_operations(const Body& body) const {
    for (std::int64_t i = 0; i < n_; ++i) body(i, operations_.list[static_cast<std::size_t>(i)]);
  }
  bool runs_backward(const Operation& op) const { return training() && needed_[op.output]; }

  void find_last_uses() {
    for_operations([&](std::int64_t i, const Operation& op) {
      const bool backward = runs_backward(op);
      last_use_[op.output] =
          std::max(last_use_[op.output], backward && op.plan.backward_reads_output ? backward_time(i) : i);
      for (const std::size_t input : op.inputs)
        last_use_[input] = std::max(last_use_[input], backward && op.plan.backward_reads_input ? backward_time(i) : i);
    });
    last_use_[0] = kAlways;                               // the caller may run the same data again
    last_use_[operations_.list.back().output] = kAlways;  // the result is read after the run
    if (options_.keep_all) std::fill(last_use_.begin(), last_use_.end(), kAlways);
  }

  /// A result may stand on its input's bytes if nobody reads the input later.
  bool in_place(std::int64_t i, const Operation& op) const {
    return op.plan.in_place && last_use_[op.inputs[0]] == i && bytes(op.inputs[0]) == bytes(op.output) &&
           std::count(op.inputs.begin(), op.inputs.end(), op.inputs[0]) == 1;
  }

  void add_values() {
    value_[0] = add(bytes(0), -1, last_use_[0]);
    for_operations([&](std::int64_t i, const Operation& op) {
      const std::int64_t end = last_use_[op.output];
      if (!in_place(i, op)) {
        value_[op.output] = add(bytes(op.output), i, end);
        return;
      }
      value_[op.output] = value_[op.inputs[0]];
      buffers_[value_[op.output]].end = std::max(buffers_[value_[op.output]].end, end);
    });
  }

  /// A gradient lives from its first writer (the loss, or the last consumer) to the backward pass of its producer.
  void add_gradients() {
    const std::size_t result = operations_.list.back().output;
    gradient_[result] = add(bytes(result), n_, backward_time(n_ - 1));
    for (std::int64_t i = n_ - 1; i >= 0; --i) {
      const auto at = static_cast<std::size_t>(i);
      const Operation& op = operations_.list[at];
      if (!needed_[op.output]) continue;
      const std::int64_t time = backward_time(i);
      for (std::size_t slot = 0; slot < op.inputs.size(); ++slot) {
        const std::size_t input = op.inputs[slot];
        if (!slots_[at][slot].wanted || gradient_[input] != kNone) continue;
        // An elementwise layer turns the gradient of its output into that of its input where it stands.
        const bool here = slot == 0 && op.plan.in_place && bytes(input) == bytes(op.output);
        gradient_[input] = here ? gradient_[op.output] : add(bytes(input), time, time);
      }
      extend(gradient_[op.output], time);
      for (std::size_t slot = 0; slot < op.inputs.size(); ++slot)
        if (slots_[at][slot].wanted) extend(gradient_[op.inputs[slot]], time);
    }
  }

  void extend(std::size_t buffer, std::int64_t time) { buffers_[buffer].end = std::max(buffers_[buffer].end, time); }

  void add_operation_buffers() {
    std::size_t scratch = 0, worker = 0;
    for_operations([&](std::int64_t i, const Operation& op) {
      saved_.push_back(add(training() ? op.plan.saved : 0, i, runs_backward(op) ? backward_time(i) : i));
      // In inference prepared once for all runs; in training before each use, so that the bytes serve others between.
      prepared_.push_back(training() ? add(op.plan.prepared, i, i) : add(op.plan.prepared, -1, kAlways));
      prepared_backward_.push_back(add(op.plan.prepared_backward, backward_time(i), backward_time(i)));
      scratch = std::max(scratch, op.plan.scratch);
      worker = std::max(worker, aligned(op.plan.worker_scratch));
    });
    scratch_ = add(scratch, -1, kAlways);
    worker_bytes_ = worker;
    worker_scratch_ = add(worker * static_cast<std::size_t>(options_.workers), -1, kAlways);
  }

  MemoryPlan finish() {
    MemoryPlan plan;
    plan.total = place(buffers_);
    const auto offsets = [&](const std::vector<std::size_t>& ids) {
      std::vector<std::size_t> found;
      for (const std::size_t id : ids) found.push_back(id == kNone ? 0 : buffers_[id].offset);
      return found;
    };
    plan.value = offsets(value_);
    plan.gradient = offsets(gradient_);
    plan.saved = offsets(saved_);
    plan.prepared = offsets(prepared_);
    plan.prepared_backward = offsets(prepared_backward_);
    plan.scratch = buffers_[scratch_].offset;
    plan.worker_scratch = buffers_[worker_scratch_].offset;
    plan.worker_bytes = worker_bytes_;
    return plan;
  }

  const Operations& operations_;
  const std::vector<bool>& needed_;
  const std::vector<std::vector<GradientSlot>>& slots_;
  const MemoryOptions& options_;
  std::int64_t n_;
  std::vector<Lifetime> buffers_;
  std::vector<std::size_t> value_, gradient_, saved_, prepared_, prepared_backward_;  // buffers
  std::vector<std::int64_t> last_use_;                                                // of each value
  std::size_t scratch_ = 0, worker_scratch_ = 0, worker_bytes_ = 0;
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

MemoryPlan plan_memory(const Operations& operations, const std::vector<bool>& needed,
                       const std::vector<std::vector<GradientSlot>>& slots, const MemoryOptions& options) {
  return Planner(operations, needed, slots, options).plan();
}

}  // namespace cnnctl
