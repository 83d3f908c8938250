// The samples of an experiment: opened, divided, measured, and the pipeline that prepares them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/workers.hpp"
#include "checkpoint/data_record.hpp"
#include "data/partition.hpp"
#include "data/pipeline.hpp"
#include "data/renamed.hpp"
#include "data/samples.hpp"
#include "experiment/experiment.hpp"

namespace cnnctl {

/// The training split and what validates: a share of it, a split of its own, or nothing.
struct TrainingData {
  std::unique_ptr<Samples> samples;
  std::unique_ptr<Samples> own_validation;  // the data's validation split, classes numbered as in `samples`; or null
  Partition partition;                      // `validation` are numbers of validation_samples()
  Pipeline pipeline;
  DataRecord record;      // of all this, once it was measured
  bool is_known = false;  // the record is that of a run that goes on

  const Samples& validation_samples() const { return own_validation ? *own_validation : *samples; }
  /// What all this comes to take in memory, in bytes, with loaders of both parts and their batches.
  std::uint64_t bytes(std::int64_t batch_size, bool augmented, const Workers& workers) const;
};

/// A run that goes on.
struct ResumedRun {
  std::string folder;
  SavedRun saved;
};

/// Data that are not those that a run began with.
class OtherData : public DataError {
 public:
  using DataError::DataError;
};

/// Opens and divides by (seed, share); of pictures in folders none is read but the first. Throws DataError; ConfigError
/// if augmentation does not fit the pictures or no sample is left to train on. With `resumed`, whose record is taken
/// out, the division is the one that the run began with, and another list of samples is OtherData.
TrainingData open_training_data(const Experiment& experiment, const Workers& workers, ResumedRun* resumed = nullptr);
/// Sets the normalisation, measured on the part that is trained on if so said, and the record. Throws DataError;
/// ConfigError if it has not one number for each channel. With `resumed`, data that are not the same, down to the last
/// byte that the run has read, are OtherData, which says what differs.
void measure_training_data(const Experiment& experiment, const Workers& workers, TrainingData& data,
                           const ResumedRun* resumed = nullptr);
/// Both.
TrainingData load_training_data(const Experiment& experiment, const Workers& workers, ResumedRun* resumed = nullptr);

/// The normalisation that the configuration says; none if it is to be measured. Throws ConfigError if it has not one
/// number for each channel.
std::optional<Normalization> said_normalization(const Experiment& experiment, std::int64_t channels);

/// For the user: what was left out, and classes that nothing can be learnt about.
std::vector<std::string> warnings_about(const TrainingData& data);

/// A split that the data has of its own, classes numbered as in `class_names` (a checkpoint's; none: as they are).
/// Throws DataError if it holds a class that is not among them.
std::unique_ptr<Samples> load_split(const Experiment& experiment, Split split,
                                    const std::vector<std::string>& class_names, const Workers& workers);

/// 0, 1, ... count - 1.
std::vector<std::uint32_t> all_indices(std::int64_t count);

}  // namespace cnnctl
