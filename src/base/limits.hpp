// What the system's limits on stack and address space (`ulimit -s`, `ulimit -v`) leave. Where they are too tight for
// the libraries to be loaded, the program says so and ends before they are: a check that this file brings along.
#pragma once

#include "base/workers.hpp"

namespace cnnctl {

/// Returns what `work` returns, which runs on this thread; or, where its stack is limited too much, on a thread of its
/// own, and threads that are begun later have as much room as that one. What `work` throws must not leave it. Throws
/// std::system_error if there is no such thread to be had.
int with_stack(FunctionRef<int()> work);

}  // namespace cnnctl
