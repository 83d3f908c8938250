// The entries of the optimizer and schedule catalogues: each is defined in the file of its name.
#pragma once

#include "optim/optimizer.hpp"

namespace cnnctl {

extern const Kind<Optimizer> kSgdKind, kAdamKind, kAdamwKind, kRmspropKind, kAdagradKind, kLarsKind, kLambKind;
extern const Kind<Schedule> kConstantKind, kStepKind, kMultistepKind, kCosineKind;

}  // namespace cnnctl
