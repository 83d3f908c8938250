// From what the user says to what a program is planned with.
#pragma once

#include <cstdint>

#include "experiment/experiment.hpp"
#include "graph/program.hpp"

namespace cnnctl {

/// The options that `runtime:` gives to a program.
ProgramOptions program_options(const Settings& settings, Mode mode, std::int64_t batch);

}  // namespace cnnctl
