// How long a test waits for what takes a moment.
#pragma once

namespace cnnctl::testing {

/// How many times longer than usual: sanitizers are slow. The build's CNNCTL_PATIENCE.
extern const int kPatience;

}  // namespace cnnctl::testing
