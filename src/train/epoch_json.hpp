// The results of an epoch as a checkpoint keeps them.
#pragma once

#include <string>

#include "observe/observer.hpp"

namespace cnnctl {

/// A JSON object with the epoch and its numbers ("train_loss", "val_top1", ...): nothing that depends on the clock.
std::string epoch_json(const EpochEvent& e);

}  // namespace cnnctl
