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
  bool is_foreign = false;  // a configuration with weights from elsewhere: no run lies beside them

  const Pipeline& pipeline() const { return info.pipeline; }
};

/// Opens a checkpoint, or the best one of a run folder. Throws CheckpointError; ConfigError for bad overrides.
TrainedModel open_trained(const std::string& target, const std::vector<std::string>& overrides);

/// The same of a configuration and a file of weights, whatever program wrote them; every parameter must be there. What
/// a checkpoint would keep follows from the configuration and from the samples to train on, which are opened, and
/// measured where data.normalize is auto, if there are any; that is told on stderr. Without `pictures` nothing of this
/// is asked for. Throws CheckpointError, ConfigError, DataError.
TrainedModel open_weights(const std::string& config, const std::string& weights,
                          const std::vector<std::string>& overrides, const std::optional<int>& threads, bool pictures);

/// A configuration file, or the configuration inside a checkpoint or run folder. Prints its warnings.
Experiment open_experiment(const std::string& target, const std::vector<std::string>& overrides);

}  // namespace cnnctl::cli
