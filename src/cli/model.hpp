// What a command works on: a configuration file, or a checkpoint with everything in it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "experiment/experiment.hpp"
#include "model/network.hpp"

namespace cnnctl::cli {

/// A network that was trained, ready to use.
struct TrainedModel {
  std::string path;  // of the checkpoint
  CheckpointInfo info;
  Experiment experiment;
  std::unique_ptr<Network> network;

  const Pipeline& pipeline() const { return info.pipeline; }
};

/// Opens a checkpoint, or the best one of a run folder. Throws CheckpointError; ConfigError for bad overrides.
TrainedModel open_trained(const std::string& target, const std::vector<std::string>& overrides);

/// A configuration file, or the configuration inside a checkpoint or run folder. Prints its warnings.
Experiment open_experiment(const std::string& target, const std::vector<std::string>& overrides);

}  // namespace cnnctl::cli
