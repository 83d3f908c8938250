// The entries of the loss catalogue: each is defined in the file of its name.
#pragma once

#include "losses/loss.hpp"

namespace cnnctl {

extern const Kind<Loss> kCrossEntropyKind, kBinaryCrossEntropyKind, kNllKind, kFocalKind, kHingeKind, kMseKind, kL1Kind,
    kSmoothL1Kind, kHuberKind, kCosineLossKind, kKlDivKind;

}  // namespace cnnctl
