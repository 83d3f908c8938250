// The entries of the optimizer and schedule catalogues: each is defined in the file of its name.
#pragma once

#include "optim/optimizer.hpp"

namespace cnnctl {

extern const Kind<Optimizer> kSgdKind, kAdamKind, kAdamwKind, kAdamaxKind, kNadamKind, kRadamKind, kRmspropKind,
    kAdagradKind, kAdadeltaKind, kLionKind, kLarsKind, kLambKind;
extern const Kind<Schedule> kConstantKind, kStepKind, kMultistepKind, kExponentialKind, kPolynomialKind, kLinearKind,
    kCosineKind, kCosineRestartsKind, kOneCycleKind, kInverseSqrtKind, kWarmupStableDecayKind, kPlateauKind;

}  // namespace cnnctl
