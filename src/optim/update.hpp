// Cuts one optimizer step into tasks. Knows segments; knows no update rule.
#pragma once

#include "optim/optimizer.hpp"

namespace cnnctl {

/// Calls body(begin, end, decay) for consecutive ranges of at most 4,096 values that together cover what every segment
/// has in common with the step's gradients, each by one worker.
void for_each_range(const Step& step, FunctionRef<void(std::int64_t begin, std::int64_t end, bool decay)> body);

}  // namespace cnnctl
