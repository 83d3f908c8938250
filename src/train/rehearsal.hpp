// Some steps of a training, alone: no file, no line, no validation. What proves that a run can be done again.
#pragma once

#include <cstdint>
#include <string>

#include "train/optimizer_state.hpp"
#include "train/prepared_run.hpp"
#include "train/steps.hpp"

namespace cnnctl {

class Rehearsal {
 public:
  /// With these workers, which need not be the run's; `run` outlives it. Weights are what the network holds then.
  Rehearsal(PreparedRun& run, const Workers& workers);

  /// Begins as the run did: first weights, nothing learnt. Notes what was loaded.
  void begin(const Note& note);
  /// Goes on from where a saved training state stands.
  void go_on_from(const std::string& state);
  /// The same, as the run would do it: from its state if it has one, else from its beginning.
  void begin_as_saved();

  const TrainingProgress& progress() const { return progress_; }
  /// Steps until the training is over.
  bool is_over() const { return progress_.epoch >= run_.settings().train.epochs; }
  /// One step. With `may_end_within` a step whose loss is not finite is left after its first half: weights stay as they
  /// are, and progress() as well. Returns the loss, of several batches that of the last.
  double step(bool may_end_within = false) { return step_at(rate(), may_end_within); }
  /// The same at another rate than the schedule's.
  double step_at(double lr, bool may_end_within);
  /// The rate of the next step.
  double rate() const { return steps_.rate(progress_, progress_.step); }

  TrainingSteps& steps() { return steps_; }
  Network& network() { return run_.network; }

 private:
  Rehearsal(PreparedRun& run, const Workers& workers, ProgramPlan plan);

  PreparedRun& run_;
  OptimizerState state_;
  Buffer memory_;
  TrainingSteps steps_;
  TrainingProgress progress_;
};

/// Runs the next `steps` steps of the run twice from where it stands, with its workers and with others, and throws an
/// Error (not_reproducible) that says where they part. The network holds no weights of use afterwards.
void verify_determinism(PreparedRun& run, std::int64_t steps);

}  // namespace cnnctl
