#include "graph/stages.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/workers.hpp"

namespace cnnctl {
namespace {

using Action = Task::Action;

// Bytes of a part's largest value: a few such fit into a core's cache, and in training their gradients, too.
constexpr std::int64_t kPartBytes = 768 * 1024, kTrainingPartBytes = 256 * 1024;
constexpr std::int64_t kLeastParts = 16;                // of a batch: enough for several workers
constexpr std::int64_t kEvenTiles = 3;                  // parts of so many images fill whole blocks of Winograd tiles
constexpr std::int64_t kLeastSums = 8, kMostSums = 32;  // of a chain

/// Appends tasks to stages.
class Builder {
 public:
  explicit Builder(std::size_t operations) : times_(operations) {}

  void add(std::size_t operation, const Operation& op) {
    const bool gathers = op.layer->gathering() != nullptr, by_sample = op.plan.by_sample;
    if (gathers) {
      append({operation, Action::gather}, by_sample);
      times_[operation].begin = last();
      open_ = false;
    }
    append({operation, Action::run}, by_sample);
    times_[operation].end = last();
    if (!gathers) times_[operation].begin = last();
  }

  std::vector<Stage> stages;

  /// Times count from `zero` on.
  std::vector<Span> times(std::int64_t zero) const {
    std::vector<Span> all = times_;
    for (Span& span : all) span = {span.begin + zero, span.end + zero};
    return all;
  }

 private:
  std::int64_t last() const { return static_cast<std::int64_t>(stages.size()) - 1; }

  void append(const Task& task, bool by_sample) {
    if (!by_sample || !open_) stages.push_back({by_sample, {}, 0});
    stages.back().tasks.push_back(task);
    open_ = by_sample;
  }

  std::vector<Span> times_;
  bool open_ = false;  // the last stage is a chain that may go on
};

/// Decides what is local and what is summed in chains.
class Locality {
 public:
  Locality(Stages& stages, const Operations& operations, std::int64_t batch, std::int64_t part)
      : s_(stages),
        operations_(operations),
        batch_(batch),
        parts_(pieces(batch, part)),
        readers_(operations.values.size()) {
    for (std::size_t i = 0; i < operations.list.size(); ++i)
      for (const std::size_t input : operations.list[i].inputs) readers_[input].push_back(i);
  }

  void sum_parameters() {
    for (std::size_t i = 0; i < operations_.list.size(); ++i) {
      const Plan& plan = operations_.list[i].plan;
      ParameterSumming summing;
      if (has_backward(i) && plan.bytes.parameter_sum > 0) summing = sums_of(operations_.list[i]);
      s_.summing.push_back(summing);
      if (!summing.in_chain) continue;
      std::int64_t& sums = stage(s_.backward_time[i].end).sums;
      sums = std::min(sums == 0 ? parts_ : sums, summing.sums);
    }
    for (std::size_t i = 0; i < operations_.list.size(); ++i)
      if (s_.summing[i].in_chain) s_.summing[i].sums = stage(s_.backward_time[i].end).sums;
  }

  void find_local_gradients() {
    for (std::size_t i = 0; i < operations_.list.size(); ++i) {
      const std::size_t output = operations_.list[i].output;
      if (operations_.values[output].loss) continue;
      const Span span = s_.backward_time[i];
      s_.local_gradient[output] = has_backward(i) && within(span, span.end) && sums_within(i) &&
                                  std::all_of(readers_[output].begin(), readers_[output].end(), [&](std::size_t r) {
                                    return !has_backward(r) || s_.backward_time[r].end == span.end;
                                  });
    }
  }

  /// After find_local_gradients.
  void find_gradient_rooms() {
    std::vector<bool> taken(operations_.values.size());
    for (std::size_t i = operations_.list.size(); i-- > 0;) {
      const std::size_t value = operations_.list[i].output;
      if (!has_backward(i) || operations_.values[value].loss || s_.local_gradient[value] || !by_parts(value, i))
        continue;
      const auto first = std::find_if(readers_[value].rbegin(), readers_[value].rend(),
                                      [&](std::size_t r) { return has_backward(r); });
      if (first == readers_[value].rend()) continue;
      const std::optional<std::size_t> from = read_before(*first);
      if (!from || taken[*from] || count(s_.gradient_room[*from]) < count(value)) continue;
      taken[*from] = true;
      s_.gradient_room[value] = s_.gradient_room[*from];
    }
  }

  void find_local_values() {
    for (std::size_t i = 0; i < operations_.list.size(); ++i) {
      const std::size_t output = operations_.list[i].output;
      if (operations_.values[output].output) continue;
      const std::vector<std::size_t>& readers = readers_[output];
      const std::int64_t time = s_.forward_time[i].end;
      if (!s_.at(time).chain ||
          !std::all_of(readers.begin(), readers.end(), [&](std::size_t r) { return within(s_.forward_time[r], time); }))
        continue;
      std::vector<std::size_t> again;  // who reads it in the backward pass, in its order
      for (const std::size_t r : readers)
        if (has_backward(r) && operations_.list[r].backward_reads(output)) again.insert(again.begin(), r);
      const bool own = has_backward(i) && operations_.list[i].plan.reads.output;
      if (own || (!again.empty() && !can_recompute(i, again))) continue;
      s_.local[output] = true;
      if (!again.empty()) recompute(i, again.front());
    }
  }

 private:
  bool has_backward(std::size_t i) const { return operations_.has_backward(operations_.list[i]); }

  Stage& stage(std::int64_t time) { return s_.backward[static_cast<std::size_t>(time - s_.loss - 1)]; }

  bool within(const Span& span, std::int64_t time) const {
    return span.begin == time && span.end == time && s_.at(time).chain;
  }

  std::int64_t count(std::size_t value) const { return operations_.values[value].shape.count(); }

  /// In the backward pass operation i is called for parts alone.
  bool runs_by_parts(std::size_t i) const {
    return s_.at(s_.backward_time[i].end).chain && operations_.list[i].plan.by_sample && sums_within(i);
  }

  /// A value's gradient is seen by parts alone, and no other one stands on its bytes; `producer`: the value's.
  bool by_parts(std::size_t value, std::size_t producer) const {
    const Operation& op = operations_.list[producer];
    return runs_by_parts(producer) && !(op.plan.in_place.backward && !s_.local_gradient[op.inputs[0]]) &&
           std::all_of(readers_[value].begin(), readers_[value].end(),
                       [&](std::size_t r) { return !has_backward(r) || runs_by_parts(r); });
  }

  /// The gradient that a chain reads before the backward pass of operation i, and nobody after it: that of the
  /// operation which makes the local gradient of i's output.
  std::optional<std::size_t> read_before(std::size_t i) const {
    const std::size_t output = operations_.list[i].output;
    if (!s_.local_gradient[output] || readers_[output].size() != 1) return std::nullopt;
    const std::size_t reader = readers_[output][0], from = operations_.list[reader].output;
    if (s_.local_gradient[from] || !by_parts(from, reader)) return std::nullopt;
    return from;
  }

  /// In the chain if the sums are small beside what the operation reads and writes, else after it, in fewer sums.
  ParameterSumming sums_of(const Operation& op) const {
    const auto sum = static_cast<std::int64_t>(op.plan.bytes.parameter_sum);
    const std::int64_t values = operations_.values[op.inputs[0]].shape.count() + op.plan.output.count();
    const std::int64_t fit = batch_ * values * static_cast<std::int64_t>(sizeof(real)) / (4 * sum);
    // Several workers have equal shares of a multiple.
    if (op.plan.by_sample && fit >= kLeastSums) return {true, std::min(fit, kMostSums) / kLeastSums * kLeastSums};
    constexpr std::int64_t kSmall = 64 * 1024, kMedium = 512 * 1024;  // values
    const std::int64_t count = sum / static_cast<std::int64_t>(sizeof(real));
    return {false, count <= kSmall ? 8 : count <= kMedium ? 4 : 2};
  }

  /// The backward pass of operation i is over with its stage.
  bool sums_within(std::size_t i) const {
    return operations_.list[i].layer->summing() == nullptr || s_.summing[i].in_chain;
  }

  bool can_recompute(std::size_t i, const std::vector<std::size_t>& again) const {
    const Operation& op = operations_.list[i];
    const std::int64_t time = s_.backward_time[again.front()].end;
    return op.plan.cheap &&
           std::none_of(op.inputs.begin(), op.inputs.end(), [&](std::size_t v) { return s_.local[v]; }) &&
           std::all_of(again.begin(), again.end(),
                       [&](std::size_t r) { return within(s_.backward_time[r], time) && sums_within(r); });
  }

  /// Computes the output of operation i again just before the backward pass of `reader`.
  void recompute(std::size_t i, std::size_t reader) {
    std::vector<Task>& tasks = stage(s_.backward_time[reader].end).tasks;
    const auto before =
        std::find_if(tasks.begin(), tasks.end(), [&](const Task& task) { return task.operation == reader; });
    tasks.insert(before, {i, Action::recompute});
    s_.recomputed[operations_.list[i].output] = true;
  }

  Stages& s_;
  const Operations& operations_;
  std::int64_t batch_, parts_;
  std::vector<std::vector<std::size_t>> readers_;  // of each value, in order
};

}  // namespace

Stages stages_of(const Operations& operations, std::int64_t batch, std::int64_t part, bool keep_all) {
  const std::size_t count = operations.list.size(), values = operations.values.size();
  Builder forward(count), back(count);
  for (std::size_t i = 0; i < count; ++i) forward.add(i, operations.list[i]);
  for (std::size_t i = count; i-- > 0;)
    if (operations.has_backward(operations.list[i])) back.add(i, operations.list[i]);
  Stages stages;
  stages.loss = static_cast<std::int64_t>(forward.stages.size());
  stages.forward_time = forward.times(0);
  stages.backward_time = back.times(stages.loss + 1);
  stages.forward = std::move(forward.stages);
  stages.backward = std::move(back.stages);
  for (std::vector<bool>* flags : {&stages.local, &stages.local_gradient, &stages.recomputed}) flags->resize(values);
  stages.gradient_room.resize(values);
  std::iota(stages.gradient_room.begin(), stages.gradient_room.end(), std::size_t{0});
  Locality locality(stages, operations, batch, part);
  locality.sum_parameters();
  if (!keep_all) {
    locality.find_local_gradients();
    locality.find_gradient_rooms();
    locality.find_local_values();
  }
  return stages;
}

std::int64_t part_size(const Operations& operations, Mode mode, std::int64_t batch) {
  std::int64_t largest = 1;
  for (const Value& value : operations.values) largest = std::max(largest, value.shape.count());
  const std::int64_t bytes = mode == Mode::train ? kTrainingPartBytes : kPartBytes;
  const std::int64_t fit = bytes / (largest * static_cast<std::int64_t>(sizeof(float)));
  const std::int64_t part = std::clamp<std::int64_t>(fit, 1, std::max<std::int64_t>(1, batch / kLeastParts));
  return part > kEvenTiles ? part / kEvenTiles * kEvenTiles : part;
}

}  // namespace cnnctl
