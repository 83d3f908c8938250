#include "graph/runner.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

namespace cnnctl {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Runner::Runner(const Workers& workers, std::int64_t part, const Operations& operations, const Stages& stages,
               std::size_t local_bytes)
    : workers_(workers), part_(part), operations_(operations), stages_(stages), local_bytes_(local_bytes) {}

void Runner::bind(BoundOperation at) {
  const auto workers = static_cast<std::size_t>(workers_.count());
  Bound bound{.operation = &operations_.list[bound_.size()], .at = {}, .inputs = {}, .gradients = {}, .busy = {}};
  bound.inputs.assign(workers, std::vector<ConstView>(at.input_shapes.size()));
  bound.gradients.assign(workers, std::vector<Gradient>(at.input_shapes.size()));
  bound.busy.assign(workers, 0);
  bound.at = std::move(at);
  bound_.push_back(std::move(bound));
}

void Runner::prepare_once() {
  for (const Bound& bound : bound_)
    if (bound.operation->prepared_once()) prepare(bound, Direction::forward);
}

void Runner::forward(const Batch& batch) {
  batch_ = batch;
  for (const Stage& stage : stages_.forward) run(stage, Direction::forward);
}

void Runner::backward(Receiver receive) {
  for (const Stage& stage : stages_.backward) {
    run(stage, Direction::backward);
    hand_over(stage, receive);
  }
}

void Runner::measure() {
  measuring_ = true;
  times_.assign(bound_.size(), {});
}

void Runner::prepare(const Bound& bound, Direction direction) const {
  const bool forward = direction == Direction::forward;
  const ByteCounts& bytes = bound.operation->plan.bytes;
  if ((forward ? bytes.prepared : bytes.prepared_backward) == 0) return;
  bound.operation->layer->preparing()->prepare({.workers = workers_,
                                                .direction = direction,
                                                .parameters = bound.at.parameters,
                                                .prepared = forward ? bound.at.prepared : bound.at.prepared_backward,
                                                .scratch = bound.at.prepare_scratch});
}

void Runner::run(const Stage& stage, Direction direction) {
  const double begin = measuring_ ? seconds_now() : 0;
  for (const Task& task : stage.tasks) {
    const Bound& bound = bound_[task.operation];
    if (task.action == Task::Action::run && !bound.operation->prepared_once()) prepare(bound, direction);
  }
  if (stage.chain)
    run_chain(stage, direction);
  else
    run_part(stage, direction, all(), {});
  settle(stage, direction);
  if (direction == Direction::backward)
    for (const Task& task : stage.tasks)
      if (task.action == Task::Action::run) finish_parameters(task.operation);
  if (measuring_) share_time(stage, direction, seconds_now() - begin);
}

/// Each sum, or where nothing is summed each part, by one worker; where that would leave workers idle in the end, the
/// last parts by all workers together.
void Runner::run_chain(const Stage& stage, Direction direction) {
  const auto part = [&](std::int64_t g, int worker, const Workers& team, const Sum& sum) {
    const std::int64_t first = g * part_;
    run_part(stage, direction, {first, std::min(part_, batch_.n - first), worker, team}, sum);
  };
  const std::int64_t parts = this->parts(), sums = std::min(stage.sums, parts);
  if (sums > 0) {
    workers_.run(sums, [&](std::int64_t sum, int worker) {
      const std::int64_t begin = parts * sum / sums, end = parts * (sum + 1) / sums;
      for (std::int64_t g = begin; g < end; ++g) part(g, worker, Workers::alone(worker), {sum, g == begin});
    });
    return;
  }
  constexpr std::int64_t kManyRounds = 8;
  const std::int64_t together = parts < kManyRounds * workers_.count() ? parts % workers_.count() : 0;
  workers_.run(parts - together, [&](std::int64_t g, int worker) { part(g, worker, Workers::alone(worker), {}); });
  for (std::int64_t g = parts - together; g < parts; ++g) part(g, 0, workers_, {});
}

void Runner::run_part(const Stage& stage, Direction direction, const Range& range, const Sum& sum) {
  for (const Task& task : stage.tasks) {
    const double begin = measuring_ ? seconds_now() : 0;
    run_task(task, direction, range, sum);
    if (measuring_) bound_[task.operation].busy[static_cast<std::size_t>(range.worker)] += seconds_now() - begin;
  }
}

void Runner::run_task(const Task& task, Direction direction, const Range& range, const Sum& sum) {
  Bound& bound = bound_[task.operation];
  const Layer& layer = *bound.operation->layer;
  if (task.action == Task::Action::recompute) return layer.forward(forward_of(bound, bound.at.backward, range));
  if (direction == Direction::forward) {
    const Forward f = forward_of(bound, bound.at.forward, range);
    return task.action == Task::Action::gather ? layer.gathering()->gather(f) : layer.forward(f);
  }
  const Backward b = backward_of(bound, bound.at.scratch_backward, range);
  if (task.action == Task::Action::gather) return layer.gathering()->gather_gradient(b);
  layer.backward(b);
  if (!stages_.summing[task.operation].in_chain) return;
  layer.summing()->add_parameters(b, {bound.at.sums, sums_of(task.operation), sum.index, sum.first});
}

/// Ends the gathering that the stage's last part began.
void Runner::settle(const Stage& stage, Direction direction) {
  if (stage.tasks.back().action != Task::Action::gather) return;
  Bound& bound = bound_[stage.tasks.back().operation];
  const Gathering& layer = *bound.operation->layer->gathering();
  if (direction == Direction::forward)
    layer.settle(forward_of(bound, bound.at.forward, all()));
  else
    layer.settle_gradient(backward_of(bound, bound.at.scratch_backward, all()));
}

std::int64_t Runner::sums_of(std::size_t operation) const {
  const ParameterSumming& summing = stages_.summing[operation];
  return std::min(summing.sums, summing.in_chain ? parts() : batch_.n);
}

void Runner::finish_parameters(std::size_t operation) {
  const double begin = measuring_ ? seconds_now() : 0;
  Bound& bound = bound_[operation];
  const Summing* layer = bound.operation->layer->summing();
  if (layer == nullptr || bound.at.pieces[0].rows > 0) return;
  const ParameterSumming& summing = stages_.summing[operation];
  const std::int64_t sums = sums_of(operation);
  if (sums > 0 && !summing.in_chain)
    workers_.run(sums, [&](std::int64_t sum, int worker) {
      const std::int64_t first = batch_.n * sum / sums, end = batch_.n * (sum + 1) / sums;
      layer->add_parameters(backward_of(bound, nullptr, {first, end - first, worker, Workers::alone(worker)}),
                            {bound.at.sums, sums, sum, true});
    });
  const Backward b = backward_of(bound, bound.at.parameter_scratch, all());
  if (sums > 0)
    layer->join_parameters(b, {bound.at.sums, sums});
  else
    layer->backward_parameters(b);
  // All workers were busy with it.
  if (measuring_) bound.busy[0] += (seconds_now() - begin) * workers_.count();
}

/// Of the operations that the stage has brought to an end.
void Runner::hand_over(const Stage& stage, Receiver receive) {
  for (const Task& task : stage.tasks) {
    if (task.action != Task::Action::run) continue;
    for (const GradientPiece& piece : bound_[task.operation].at.pieces) {
      if (piece.gradients.begin == piece.gradients.end) continue;
      if (piece.rows > 0) form_rows(task.operation, piece);
      for (const auto& [begin, end] : piece.zeros) std::fill(begin, end, real{0});
      receive(piece.gradients);
    }
  }
}

void Runner::form_rows(std::size_t operation, const GradientPiece& piece) {
  const double begin = measuring_ ? seconds_now() : 0;
  Bound& bound = bound_[operation];
  Backward b = backward_of(bound, bound.at.parameter_scratch, all());
  b.parameter_gradients = piece.parameters;
  bound.operation->layer->summing()->backward_rows(b, piece.first, piece.rows);
  if (measuring_) times_[operation].backward += seconds_now() - begin;
}

void Runner::share_time(const Stage& stage, Direction direction, double seconds) {
  const auto busy = [](const Bound& bound) { return std::accumulate(bound.busy.begin(), bound.busy.end(), 0.0); };
  double total = 0;  // by operation: a stage may hold several parts of one, and what is outside of it was not busy
  for (const Bound& bound : bound_) total += busy(bound);
  for (const Task& task : stage.tasks) {
    OperationTime& time = times_[task.operation];
    const double share = total > 0 ? busy(bound_[task.operation]) / total : 0;
    (direction == Direction::forward ? time.forward : time.backward) += seconds * share;
    std::fill(bound_[task.operation].busy.begin(), bound_[task.operation].busy.end(), 0);
  }
}

real* Runner::address(const Room& room, const Range& range) const {
  if (room.base == nullptr) return nullptr;
  if (!room.local) return room.base + range.first * room.sample;
  return room.base + static_cast<std::size_t>(range.worker) * (local_bytes_ / sizeof(real));
}

Run Runner::run_of(Bound& bound, const Rooms& rooms, std::byte* prepared, std::byte* scratch,
                   const Range& range) const {
  std::vector<ConstView>& inputs = bound.inputs[static_cast<std::size_t>(range.worker)];
  for (std::size_t i = 0; i < inputs.size(); ++i)
    inputs[i] = {address(rooms.inputs[i], range), range.n, bound.at.input_shapes[i]};
  return {.workers = range.team,
          .mode = bound.operation->mode,
          .part = {.first = range.first, .n = range.n, .batch = batch_.n},
          .inputs = inputs,
          .parameters = bound.at.parameters,
          .memory = {.prepared = prepared,
                     .saved = bound.at.saved,
                     .scratch = scratch,
                     .worker_scratch = bound.at.worker_scratch,
                     .worker_scratch_bytes = bound.at.worker_scratch_bytes},
          .key = {.seed = batch_.seed, .step = batch_.step, .layer = bound.operation->key}};
}

Forward Runner::forward_of(Bound& bound, const Rooms& rooms, const Range& range) const {
  return {run_of(bound, rooms, bound.at.prepared, bound.at.scratch, range),
          {address(rooms.output, range), range.n, bound.at.output_shape}};
}

Backward Runner::backward_of(Bound& bound, std::byte* scratch, const Range& range) const {
  std::vector<Gradient>& gradients = bound.gradients[static_cast<std::size_t>(range.worker)];
  for (std::size_t i = 0; i < gradients.size(); ++i)
    gradients[i] = {address(bound.at.input_gradients[i], range), bound.at.accumulate[i]};
  return {run_of(bound, bound.at.backward, bound.at.prepared_backward, scratch, range),
          {address(bound.at.backward.output, range), range.n, bound.at.output_shape},
          {address(bound.at.output_gradient, range), range.n, bound.at.output_shape},
          gradients,
          bound.at.pieces[0].parameters};
}

}  // namespace cnnctl
