// One run from request to end: folder, data, network, observers, loop. What `cnnctl train` and every search over
// configurations call.
#pragma once

#include <string>

#include "observe/observer.hpp"
#include "train/environment.hpp"
#include "train/prepared_run.hpp"
#include "train/trainer.hpp"

namespace cnnctl {

/// What is asked for.
struct TrainRequest : RunSource {
  std::string run_dir;  // empty: runs/<name>/<NNN>
  ProgressStyle progress = ProgressStyle::automatic;
  bool verify_determinism = false;  // first steps twice before it begins
};

struct TrainResult {
  std::string run_dir;
  bool was_finished = false;  // resumed, and nothing was left to do
  Trainer::Outcome outcome;
};

/// Trains. Notes for the user (warnings, what was loaded) go to `note`.
TrainResult train(const TrainRequest& request, const Note& note);

}  // namespace cnnctl
