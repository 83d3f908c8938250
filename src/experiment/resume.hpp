// What may change when a run goes on.
#pragma once

#include <string>
#include <vector>

#include "experiment/experiment.hpp"

namespace cnnctl {

/// The overrides with which the resolved text of a run means what it meant when it was written: before data.orientation
/// was among the fields, pictures were not turned.
std::vector<std::string> as_it_was(const std::string& resolved, const std::vector<std::string>& overrides);

/// Reads a run's resolved configuration and the overrides for going on. Throws ConfigError, showing both values, for
/// every difference but train.epochs, checkpoint.*, data.cache and runtime.threads: with any other the run would no
/// longer be one.
Experiment load_for_resume(const std::string& resolved_path, const std::vector<std::string>& overrides);

}  // namespace cnnctl
