#include "train/rehearsal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"
#include "train/run_dir.hpp"

namespace cnnctl {
namespace {

/// What a step leaves.
struct Trace {
  double loss = 0;
  std::uint64_t weights = 0;
};

std::vector<Trace> trace_of(PreparedRun& run, const Workers& workers, std::int64_t steps) {
  Rehearsal rehearsal(run, workers);
  rehearsal.begin_as_saved();
  std::vector<Trace> trace;
  while (std::ssize(trace) < steps && !rehearsal.is_over()) {
    const double loss = rehearsal.step();
    trace.push_back({loss, run.network.hash()});
  }
  return trace;
}

}  // namespace

Rehearsal::Rehearsal(PreparedRun& run, const Workers& workers)
    : Rehearsal(run, workers,
                plan_training(run.network, workers, run.settings(), run.settings().data.batch_size).training) {}

Rehearsal::Rehearsal(PreparedRun& run, const Workers& workers, ProgramPlan plan)
    : run_(run),
      state_(*run.settings().optimizer, run.network, run.settings().train.averages()),
      memory_(plan.bytes()),
      steps_({run.settings(), run.goal, run.data, run.network, workers, state_}, std::move(plan), memory_) {}

void Rehearsal::begin(const Note& note) {
  first_weights(run_.settings(), run_.network, note);
  progress_ = {};
  steps_.begin_epoch(0);
}

void Rehearsal::go_on_from(const std::string& state) {
  progress_ = load_state(state, run_.network, state_.named()).progress;
  steps_.begin_epoch(progress_.epoch);
}

void Rehearsal::begin_as_saved() {
  if (run_.resumed) return go_on_from(RunDir::state_of(run_.resumed->folder));
  begin([](const std::string&) {});
}

double Rehearsal::step_at(double lr, bool may_end_within) {
  TrainingProgress at = progress_;
  double loss = 0;
  for (bool moved = false; !moved; ++at.step_in_epoch) {
    loss = steps_.forward(at).loss;
    if (may_end_within && !std::isfinite(loss)) return loss;
    moved = steps_.backward(at, lr);
  }
  ++at.step;
  progress_ = std::move(at);
  if (progress_.step_in_epoch < steps_.batches()) return loss;
  progress_.step_in_epoch = 0;
  ++progress_.epoch;
  if (!is_over()) steps_.begin_epoch(progress_.epoch);
  return loss;
}

void verify_determinism(PreparedRun& run, std::int64_t steps) {
  const int other_count = run.workers.count() == 1 ? 2 : 1;
  const std::vector<Trace> first = trace_of(run, run.workers, steps);
  const Workers other(other_count, Workers::Backend::threads);
  const std::vector<Trace> second = trace_of(run, other, steps);
  for (std::size_t i = 0; i < first.size(); ++i) {
    const Trace &a = first[i], &b = second[i];
    if (a.weights == b.weights && (a.loss == b.loss || (std::isnan(a.loss) && std::isnan(b.loss)))) continue;
    throw Error(ExitCode::not_reproducible,
                fmt::format("cnnctl: error: this training cannot be done again to the bit: after step {} of two trials "
                            "{} gave loss {} and weights {}, {} gave loss {} and weights {}; that is a fault of the "
                            "program or of this machine, please report it with the output of cnnctl version",
                            i + 1, counted(run.workers.count(), "thread"), a.loss, hex(a.weights),
                            counted(other_count, "thread"), b.loss, hex(b.weights)));
  }
}

}  // namespace cnnctl
