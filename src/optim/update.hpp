// Cuts one optimizer step into tasks. Knows segments; knows no update rule.
#pragma once

#include "optim/optimizer.hpp"

namespace cnnctl {

/// The parameters whose gradients the step has: each is there as a whole.
std::span<const Segment> parameters_of(const Step& step);

/// For updates that treat each value by itself. Calls body(begin, end, segment) for consecutive ranges of at most 4,096
/// values that together cover the step's parameters, each by one worker. A range may hold several parameters, which are
/// treated alike; `segment` is the first of them.
void for_each_range(const Step& step,
                    FunctionRef<void(std::int64_t begin, std::int64_t end, const Segment& segment)> body);

}  // namespace cnnctl
