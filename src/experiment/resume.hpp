// What may change when a run goes on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "experiment/experiment.hpp"

namespace cnnctl {

/// What the state of a run says about its configuration. Empty: there is no state yet.
struct Saved {
  std::string config;       // resolved, without runtime.threads and data.cache
  bool knows_data = false;  // the data are compared with a record of them, wherever they lie now
};

/// The overrides with which the resolved text of a run means what it meant when it was written: before data.orientation
/// was among the fields, pictures were not turned.
std::vector<std::string> as_it_was(const std::string& resolved, const std::vector<std::string>& overrides);

/// Reads a run's resolved configuration and the overrides for going on. Throws ConfigError, showing both values, for
/// every difference but train.epochs, train.on_nan, train.rollback*, checkpoint.*, data.cache, runtime.threads and,
/// where the data are known, the paths in data: with any other the run would no longer be one. The same holds for what
/// somebody wrote into the file since it was saved; what may change goes to `note`.
Experiment load_for_resume(const std::string& resolved_path, const std::vector<std::string>& overrides,
                           const Saved& saved, const std::function<void(const std::string&)>& note);

}  // namespace cnnctl
