// A training before its first step, and before it has a folder: everything is read, checked, planned and measured.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "experiment/forecast.hpp"
#include "experiment/goal.hpp"
#include "train/training_data.hpp"

namespace cnnctl {

/// Who is told what a user should know: warnings, what was loaded; one line or diagnostic a call.
using Note = std::function<void(const std::string&)>;

/// Which training. Either `config` or `resume` is given.
struct RunSource {
  std::string config;                  // file
  std::vector<std::string> overrides;  // "optimizer.lr=0.01"
  std::string resume;                  // folder of a run
  std::string init_from;               // weights to begin with, whatever fits
  std::optional<int> threads;
};

struct PreparedRun {
  /// Throws ConfigError, DataError, MemoryError, CheckpointError: all that is wrong with a run is found here.
  PreparedRun(const RunSource& source, const Note& note);

  std::optional<ResumedRun> resumed;  // none if it begins, or was killed before its first save
  Experiment experiment;
  std::uint64_t available;  // bytes of memory
  Workers workers;
  Network network;  // its values are zero so far
  TrainingPlans plans;
  TrainingData data;
  Goal goal;
  std::vector<std::string> told;  // warnings about the data that were noted

  const Settings& settings() const { return experiment.settings; }
  /// What the run will take.
  MemoryForecast forecast(const TrainingPlans& of) const;
  /// Notes the warnings about the data that came up since the last time.
  void note_new(const Note& note);
};

/// Draws the network's first weights, or takes those of another checkpoint as far as they fit.
void first_weights(const Settings& settings, Network& network, const Note& note);

/// How many threads to use: what the command line says, or `runtime.threads`, or all processors.
int thread_count(const std::optional<int>& asked, const Settings& settings);

}  // namespace cnnctl
