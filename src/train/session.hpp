// One run from request to end: folder, data, network, observers, loop. What `cnnctl train` and every search over
// configurations call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "observe/observer.hpp"
#include "train/trainer.hpp"

namespace cnnctl {

/// What is asked for. Either `config` or `resume` is given.
struct TrainRequest {
  std::string config;                  // file
  std::vector<std::string> overrides;  // "optimizer.lr=0.01"
  std::string run_dir;                 // empty: runs/<name>/<NNN>
  std::string resume;                  // folder of a run
  std::string init_from;               // weights to begin with, whatever fits
  std::optional<int> threads;
  ProgressStyle progress = ProgressStyle::automatic;
};

struct TrainResult {
  std::string run_dir;
  bool was_finished = false;  // resumed, and nothing was left to do
  Trainer::Outcome outcome;
};

/// Trains. Notes for the user (warnings, what was loaded) go to `note`, one line or diagnostic a call.
TrainResult train(const TrainRequest& request, const std::function<void(const std::string&)>& note);

/// How many threads to use: what the command line says, or `runtime.threads`, or all processors.
int thread_count(const std::optional<int>& asked, const Settings& settings);

/// "cnnctl 0.1.0".
std::string tool_version();

}  // namespace cnnctl
