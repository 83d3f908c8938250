// The samples of an experiment: opened, divided, measured, and the pipeline that prepares them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/workers.hpp"
#include "data/partition.hpp"
#include "data/pipeline.hpp"
#include "data/renamed.hpp"
#include "data/samples.hpp"
#include "experiment/experiment.hpp"

namespace cnnctl {

/// The training split and how it is divided. `validation` is empty without a share.
struct TrainingData {
  std::unique_ptr<Samples> samples;
  Partition partition;
  Pipeline pipeline;

  /// What all this comes to take in memory, in bytes, with loaders of both parts and their batches.
  std::uint64_t bytes(std::int64_t batch_size, bool augmented, const Workers& workers) const;
};

/// Opens and divides by (seed, share); of pictures in folders none is read but the first. Throws DataError; ConfigError
/// if augmentation does not fit the pictures or no sample is left to train on.
TrainingData open_training_data(const Experiment& experiment, const Workers& workers);
/// Sets the normalisation, measured on the part that is trained on if so said. Throws DataError; ConfigError if it has
/// not one number for each channel.
void measure_training_data(const Experiment& experiment, const Workers& workers, TrainingData& data);
/// Both.
TrainingData load_training_data(const Experiment& experiment, const Workers& workers);

/// The test split, classes numbered as in `class_names` (a checkpoint's). Throws DataError if it holds a class that is
/// not among them.
std::unique_ptr<Samples> load_test_samples(const Experiment& experiment, const std::vector<std::string>& class_names,
                                           const Workers& workers);

/// 0, 1, ... count - 1.
std::vector<std::uint32_t> all_indices(std::int64_t count);

}  // namespace cnnctl
