// Samples of which some were left out.
#pragma once

#include <memory>

#include "base/workers.hpp"
#include "data/samples.hpp"

namespace cnnctl {

/// Reads every sample once and leaves out those that cannot be read, with a warning for each. Throws DataError if none
/// is left.
std::unique_ptr<Samples> leave_out_bad(std::unique_ptr<Samples> samples, const Workers& workers);

}  // namespace cnnctl
