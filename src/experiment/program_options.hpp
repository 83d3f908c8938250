// From what the user says to what a program is planned with.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "experiment/experiment.hpp"
#include "graph/program_plan.hpp"

namespace cnnctl {

/// The options that `runtime:` gives to a program.
ProgramOptions program_options(const Settings& settings, Mode mode, std::int64_t batch);

/// The programs of a training, planned once: the forecast reads their bytes, the trainer runs them.
struct TrainingPlans {
  ProgramPlan training;
  std::optional<ProgramPlan> validation;  // where something validates

  /// Of the arena that both take turns in.
  std::size_t bytes() const { return std::max(training.bytes(), validation ? validation->bytes() : 0); }
};

/// Throw ConfigError at the layer that cannot train with batches of so many samples.
TrainingPlans plan_training(const Network& network, int workers, const Settings& settings, std::int64_t batch);
TrainingPlans plan_training(const Network& network, const Workers& workers, const Settings& settings,
                            std::int64_t batch);
ProgramPlan plan_inference(const Network& network, const Workers& workers, const Settings& settings,
                           std::int64_t batch);

}  // namespace cnnctl
