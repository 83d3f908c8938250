// The samples of an experiment in memory, split and measured.
#pragma once

#include <string>
#include <vector>

#include "base/workers.hpp"
#include "data/loader.hpp"
#include "experiment/experiment.hpp"

namespace cnnctl {

/// The training split and how it is divided. `validation` is empty without a share.
struct TrainingData {
  Samples samples;
  Partition partition;
  Normalization normalization;
};

/// Loads, divides by (seed, share) and measures on the part that is trained on. Throws DataError; ConfigError if the
/// normalisation has not one number for each channel or no sample is left to train on.
TrainingData load_training_data(const Experiment& experiment, const Workers& workers);

/// All samples of the test split, labels renumbered to the order of `class_names` (a checkpoint's). Throws DataError if
/// it holds a class that is not among them.
Samples load_test_samples(const Experiment& experiment, const std::vector<std::string>& class_names,
                          const Workers& workers);

/// Renumbers labels so that they follow `class_names`. `source` is for the message.
void match_classes(Samples& samples, const std::vector<std::string>& class_names, const std::string& source);

/// 0, 1, ... count - 1.
std::vector<std::uint32_t> all_indices(std::int64_t count);

}  // namespace cnnctl
