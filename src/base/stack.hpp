// Room for the stacks of threads, however little the system's limit (`ulimit -s`) leaves the first one.
#pragma once

#include "base/workers.hpp"

namespace cnnctl {

/// Returns what `work` returns, which runs on this thread; or, where its stack is limited too much, on a thread of its
/// own, and threads that are begun later have as much room as that one. What `work` throws must not leave it. Throws
/// std::system_error if there is no such thread to be had.
int with_stack(FunctionRef<int()> work);

}  // namespace cnnctl
