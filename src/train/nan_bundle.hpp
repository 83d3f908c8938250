// What is kept of a training that met a number which is not finite: enough to run into it again, to the bit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/environment.hpp"

namespace cnnctl {

/// A step that ended a training, or sent it back.
struct NanFacts {
  /// What was not finite: the loss of a batch, within its step; weights, after one; the loss of the validation samples,
  /// at the end of an epoch.
  enum class What { loss, weights, validation } what = What::loss;
  std::int64_t epoch = 0, step = 0;    // of the last step, from 1
  double lr = 0;                       // its rate
  double loss = 0;                     // of its batch
  std::string weights_hash;            // when it was noticed: of weights as they were before the step, for a loss
  std::vector<std::uint32_t> samples;  // numbers in the training data
  std::string message;                 // what was said
  Environment environment;
};

/// Makes <run_dir>/nan anew, all at once: nan.json, config.resolved.yaml and checkpoints/state.safetensors, the
/// training state that was saved last; so it is a run folder by itself. Returns its path. Throws IoError.
std::string write_nan_bundle(const std::string& run_dir, const NanFacts& facts);

/// Throws UsageError if the folder is none of these, DataError if its nan.json is damaged.
NanFacts read_nan_bundle(const std::string& folder);

}  // namespace cnnctl
