// Cuts one optimizer step into tasks. Knows segments; knows no update rule.
#pragma once

#include "optim/optimizer.hpp"

namespace cnnctl {

/// The parameters whose gradients the step has: each is there as a whole.
std::span<const Segment> parameters_of(const Step& step);

/// For updates that treat each value by itself. Calls body(begin, end, segment) for consecutive ranges of at most 4,096
/// values that together cover the step's gradients, as far as they are of parameters, each by one worker. A range may
/// hold several parameters, which are treated alike; `segment` is the first of them.
void for_each_range(const Step& step,
                    FunctionRef<void(std::int64_t begin, std::int64_t end, const Segment& segment)> body);
/// The same for one parameter.
void for_each_range(const Workers& workers, const Segment& parameter,
                    FunctionRef<void(std::int64_t begin, std::int64_t end)> body);

/// 2-norm of what stands in an array from `values` on, as long as the parameter.
double norm_of(const Workers& workers, const Segment& parameter, const real* values);

/// What LARS and LAMB multiply the rate of a parameter by: its norm / the norm of the change that its gradient
/// proposes; 1 if one of them is zero, or without weight decay (Segment::decay 0: mostly biases, scales and shifts,
/// which need no such care), as apex (use_nvlamb false) and timm (always_adapt false) have it.
double trust_ratio(const Segment& parameter, double norm, double change);

}  // namespace cnnctl
