// Whether something ends the program. It is done in a child of its own, so that the test program lives to tell.
#pragma once

#include "base/workers.hpp"

namespace cnnctl::testing {

/// False if `body` ends by a signal or an exception. Its other effects are lost. A child has no thread but its own:
/// `body` makes the workers that it needs, one at a time.
bool survives(FunctionRef<void()> body);

}  // namespace cnnctl::testing
