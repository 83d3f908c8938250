// The steps of a training, one after the other: which samples, in which order, at which rate. The trainer does all that
// follows a step; a rehearsal runs the steps alone.
#pragma once

#include <cstdint>
#include <span>

#include "data/loader.hpp"
#include "experiment/goal.hpp"
#include "graph/program.hpp"
#include "train/optimizer_state.hpp"
#include "train/step.hpp"
#include "train/training_data.hpp"

namespace cnnctl {

/// What steps work on; all of it outlives them.
struct StepsParts {
  const Settings& settings;
  const Goal& goal;
  const TrainingData& data;
  Network& network;
  const Workers& workers;
  const OptimizerState& state;
};

/// Where training stands is the caller's: a step is a function of it, of the weights and of the optimizer's state. A
/// step takes `train.accumulate` batches, the last one of an epoch those that are left.
class TrainingSteps {
 public:
  /// `memory` has room for the plan, and may serve other programs between two steps.
  TrainingSteps(const StepsParts& parts, ProgramPlan plan, Buffer& memory);

  std::int64_t batches() const { return loader_.batches(); }
  std::int64_t per_epoch() const { return pieces(batches(), parts_.settings.train.accumulate); }
  /// Samples that an epoch delivers.
  std::int64_t delivered() const { return loader_.delivered(); }
  Objective& objective() { return objective_; }
  /// What the network reads: that of the last batch, where forward() has not written over it.
  Loader& loader() { return loader_; }
  Program& program() { return program_; }

  /// Before the first step of an epoch, and wherever one goes on.
  void begin_epoch(std::int64_t epoch) { loader_.begin_epoch(epoch); }

  struct Forward {
    const Batch& batch;
    std::span<const TermValue> values;
    double loss = 0;          // of the objective
    double weight = 0;        // of the batch among those of its step
    double data_seconds = 0;  // that the step has waited for its batch
  };
  /// The first half of the batch at `progress`.
  Forward forward(const TrainingProgress& progress);
  std::span<const Output> outputs() const { return step_.outputs(); }
  /// The second half. True if it ends a step: then every trained parameter has moved.
  bool backward(const TrainingProgress& progress) { return backward(progress, rate(progress, progress.step)); }
  /// The same at another rate than the schedule's.
  bool backward(const TrainingProgress& progress, double lr);
  /// The learning rate of step `step`, numbered from 0.
  double rate(const TrainingProgress& progress, std::int64_t step) const;

 private:
  StepsParts parts_;
  Objective objective_;
  Loader loader_;
  Program program_;
  TrainingStep step_;
  double weight_ = 0;  // of the last batch
};

}  // namespace cnnctl
