// What may change when a run goes on.
#pragma once

#include <string>
#include <vector>

#include "experiment/experiment.hpp"

namespace cnnctl {

/// Reads a run's resolved configuration and the overrides for going on. Throws ConfigError, showing both values, for
/// every difference but train.epochs, checkpoint.*, data.cache and runtime.threads: with any other the run would no
/// longer be one.
Experiment load_for_resume(const std::string& resolved_path, const std::vector<std::string>& overrides);

}  // namespace cnnctl
