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

Runner::Runner(const Workers& workers, Mode mode, std::int64_t group, const Operations& operations,
               const Stages& stages, std::size_t local_bytes)
    : workers_(workers),
      mode_(mode),
      group_(group),
      operations_(operations),
      stages_(stages),
      local_bytes_(local_bytes) {}

void Runner::bind(BoundOperation at) {
  const auto workers = static_cast<std::size_t>(workers_.count());
  Bound bound{.operation = &operations_.list[bound_.size()], .at = {}, .inputs = {}, .gradients = {}, .busy = {}};
  bound.inputs.assign(workers, std::vector<ConstView>(at.inputs.size()));
  bound.gradients.assign(workers, std::vector<Gradient>(at.inputs.size()));
  bound.busy.assign(workers, 0);
  bound.at = std::move(at);
  bound_.push_back(std::move(bound));
}

void Runner::prepare_all() {
  for (const Bound& bound : bound_) prepare(bound, Direction::forward);
}

void Runner::forward(const Batch& batch) {
  batch_ = batch;
  for (const Stage& stage : stages_.forward) run(stage, Direction::forward);
}

void Runner::backward() {
  for (const Stage& stage : stages_.backward) run(stage, Direction::backward);
}

void Runner::measure() {
  measuring_ = true;
  times_.assign(bound_.size(), {});
}

void Runner::prepare(const Bound& bound, Direction direction) const {
  const bool forward = direction == Direction::forward;
  const Plan& plan = bound.operation->plan;
  if ((forward ? plan.prepared : plan.prepared_backward) == 0) return;
  bound.operation->layer->prepare(
      {workers_, direction, bound.at.parameters, forward ? bound.at.prepared : bound.at.prepared_backward});
}

void Runner::run(const Stage& stage, Direction direction) {
  const double begin = measuring_ ? seconds_now() : 0;
  if (mode_ == Mode::train)
    for (const Part& part : stage.parts)
      if (!part.gather) prepare(bound_[part.operation], direction);
  if (stage.chain)
    run_groups(stage, direction);
  else
    for (const Part& part : stage.parts) run_part(part, direction, all());
  finish(stage, direction);
  if (measuring_) share_time(stage, direction, seconds_now() - begin);
}

/// Each group by one worker; where that would leave workers idle in the end, the last groups by all workers together.
void Runner::run_groups(const Stage& stage, Direction direction) {
  constexpr std::int64_t kManyRounds = 8;
  const std::int64_t groups = pieces(batch_.n, group_), workers = workers_.count();
  const std::int64_t together = groups < kManyRounds * workers ? groups % workers : 0;
  const auto run_group = [&](std::int64_t group, int worker, const Workers& team) {
    const std::int64_t first = group * group_;
    const Range range{first, std::min(group_, batch_.n - first), worker, team};
    for (const Part& part : stage.parts) run_part(part, direction, range);
  };
  workers_.run(groups - together,
               [&](std::int64_t group, int worker) { run_group(group, worker, Workers::alone(worker)); });
  for (std::int64_t group = groups - together; group < groups; ++group) run_group(group, 0, workers_);
}

void Runner::run_part(const Part& part, Direction direction, const Range& range) {
  const double begin = measuring_ ? seconds_now() : 0;
  Bound& bound = bound_[part.operation];
  const Layer& layer = *bound.operation->layer;
  if (direction == Direction::forward) {
    const Forward f = forward_of(bound, range);
    part.gather ? layer.gather(f) : layer.forward(f);
  } else {
    const Backward b = backward_of(bound, range);
    part.gather ? layer.gather_gradient(b) : layer.backward(b);
  }
  if (measuring_) bound.busy[static_cast<std::size_t>(range.worker)] += seconds_now() - begin;
}

/// What needs the whole batch.
void Runner::finish(const Stage& stage, Direction direction) {
  if (const Part* gathered = stage.gathered()) {
    Bound& bound = bound_[gathered->operation];
    if (direction == Direction::forward)
      bound.operation->layer->settle(forward_of(bound, all()));
    else
      bound.operation->layer->settle_gradient(backward_of(bound, all()));
  }
  if (direction == Direction::forward) return;
  for (const Part& part : stage.parts) {
    if (part.gather) continue;
    const double begin = measuring_ ? seconds_now() : 0;
    Bound& bound = bound_[part.operation];
    bound.operation->layer->backward_parameters(backward_of(bound, all()));
    if (measuring_) bound.busy[0] += (seconds_now() - begin) * (stage.chain ? workers_.count() : 1);
  }
}

void Runner::share_time(const Stage& stage, Direction direction, double seconds) {
  const auto busy = [&](const Part& part) {
    const std::vector<double>& all = bound_[part.operation].busy;
    return std::accumulate(all.begin(), all.end(), 0.0);
  };
  double total = 0;
  for (const Part& part : stage.parts) total += busy(part);
  for (const Part& part : stage.parts) {
    OperationTime& time = times_[part.operation];
    (direction == Direction::forward ? time.forward : time.backward) += total > 0 ? seconds * busy(part) / total : 0;
    std::fill(bound_[part.operation].busy.begin(), bound_[part.operation].busy.end(), 0);
  }
}

real* Runner::address(const Room& room, const Range& range) const {
  if (room.base == nullptr) return nullptr;
  if (!room.local) return room.base + range.first * room.sample;
  return room.base + static_cast<std::size_t>(range.worker) * (local_bytes_ / sizeof(real));
}

Run Runner::run_of(Bound& bound, Direction direction, const Range& range) const {
  std::vector<ConstView>& inputs = bound.inputs[static_cast<std::size_t>(range.worker)];
  for (std::size_t i = 0; i < inputs.size(); ++i)
    inputs[i] = {address(bound.at.inputs[i], range), range.n, bound.at.input_shapes[i]};
  return {range.team,
          mode_,
          range.first,
          range.n,
          batch_.n,
          inputs,
          bound.at.parameters,
          direction == Direction::forward ? bound.at.prepared : bound.at.prepared_backward,
          bound.at.saved,
          bound.at.scratch,
          bound.at.worker_scratch,
          bound.at.worker_scratch_bytes,
          batch_.seed,
          batch_.step,
          bound.operation->key};
}

Forward Runner::forward_of(Bound& bound, const Range& range) const {
  return {run_of(bound, Direction::forward, range), {address(bound.at.output, range), range.n, bound.at.output_shape}};
}

Backward Runner::backward_of(Bound& bound, const Range& range) const {
  std::vector<Gradient>& gradients = bound.gradients[static_cast<std::size_t>(range.worker)];
  for (std::size_t i = 0; i < gradients.size(); ++i)
    gradients[i] = {address(bound.at.input_gradients[i], range), bound.at.accumulate[i]};
  return {run_of(bound, Direction::backward, range),
          {address(bound.at.output, range), range.n, bound.at.output_shape},
          {address(bound.at.output_gradient, range), range.n, bound.at.output_shape},
          gradients,
          bound.at.parameter_gradients};
}

}  // namespace cnnctl
