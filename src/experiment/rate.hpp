// The learning rate of a step, of all that has a say in it.
#pragma once

#include "experiment/experiment.hpp"

namespace cnnctl {

/// The optimizer's rate times the schedule's factor. From `train.swa.start_epoch` on it passes from what it is there to
/// `train.swa.lr` and stays, as with torch.optim.swa_utils.SWALR stepped once a batch (Izmailov et al., "Averaging
/// weights leads to wider optima and better generalization", UAI 2018).
double learning_rate(const Settings& settings, const Progress& p);

}  // namespace cnnctl
