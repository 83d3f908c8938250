// What the machine can multiply and add at most, measured: the yardstick for the speed of operations.
#pragma once

#include "base/workers.hpp"

namespace cnnctl {

/// Multiply-adds of all workers at once in GFLOP/s, a multiply-add being two operations: the best that matrix products
/// reach, small ones in the first cache and large ones through packed blocks, each worker by itself. Takes 0.2 seconds.
double measure_machine_limit(const Workers& workers);

}  // namespace cnnctl
