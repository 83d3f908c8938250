// Batch norm's statistics, measured for weights that no batch has trained.
#pragma once

#include "train/steps.hpp"

namespace cnnctl {

/// Replaces the running statistics of every batch norm that is trained by their means over the batches of the epoch
/// `progress.epoch`, each batch counting alike, as torch.optim.swa_utils.update_bn does. The network's other values
/// stay. Returns false if a signal asked to stop before the end (base/interrupt.hpp): the statistics are then of no
/// use.
bool measure_statistics(TrainingSteps& steps, Network& network, const TrainingProgress& progress);

}  // namespace cnnctl
