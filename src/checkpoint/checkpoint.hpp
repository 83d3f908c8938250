// What a checkpoint is: weights under PyTorch's names, and all that eval, infer and resume need beside them.
//
// Two kinds of file, both safetensors:
//   best, last, epoch-NNN .safetensors   the model: exactly its state dict, loads in PyTorch with strict=True
//   state.safetensors                    the training state: the same, and the optimizer's arrays as
//                                        "optimizer.<state>.<parameter>"; what --resume reads; one atomic file
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/network.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {

/// Where training stood. Everything else that is random or ordered follows from these numbers.
struct TrainingProgress {
  std::int64_t epoch = 0;           // epochs completed
  std::int64_t step_in_epoch = 0;   // batches of the running epoch that are done
  std::int64_t step = 0;            // optimizer steps done in all
  double loss_sum = 0;              // running sums of the epoch in progress, so that its line is the same after resume
  std::int64_t correct = 0, seen = 0;
  std::int64_t best_epoch = -1;     // epoch of the best validation result so far
  double best_value = 0;            // of the monitored metric
  std::int64_t epochs_without_improvement = 0;
};

/// What a checkpoint says about itself.
struct CheckpointInfo {
  std::string config;                    // resolved YAML
  std::vector<std::string> class_names;
  std::vector<double> mean, std;         // normalisation, in units of 0..1
  TrainingProgress progress;
  std::string metrics;                   // JSON object with the epoch's results; "{}" if none
  std::string tool_version;              // set by reading
};

/// Saves exactly the network's parameters.
void save_model(const std::string& path, const Network& network, const CheckpointInfo& info);

/// Optimizer state by name, each of network.flat_size() values.
struct NamedState {
  std::string name;  // "momentum"
  real* values;
};
void save_state(const std::string& path, const Network& network, std::span<const NamedState> optimizer,
                const CheckpointInfo& info);

/// Reads what a checkpoint says about itself. Throws CheckpointError if it is not one of cnnctl's.
CheckpointInfo read_info(const std::string& path);

/// What did not fit, by name.
struct LoadReport {
  std::size_t loaded = 0;
  std::vector<std::string> missing;     // in the network, not in the file
  std::vector<std::string> unexpected;  // in the file, not in the network ("num_batches_tracked" is no surprise)
  std::vector<std::string> mismatched;  // "fc.weight: 1000x512 in the file, 10x512 in the network"
};

/// Copies weights by name. With `strict`, anything missing, unexpected or of another shape is a CheckpointError that
/// lists all of it; otherwise what fits is loaded and the rest reported. Values that are not finite are an error.
LoadReport load_model(const std::string& path, Network& network, bool strict);

/// Restores weights and optimizer state; everything must fit exactly. Returns the info.
CheckpointInfo load_state(const std::string& path, Network& network, std::span<const NamedState> optimizer);

/// The checkpoint that a user means: a file as it is; a run folder stands for checkpoints/best.safetensors, or last.
std::string find_checkpoint(const std::string& path);

/// One line of `checkpoint diff`.
struct TensorDifference {
  std::string name;
  std::string what;            // "equal", "different", "only in the first", "only in the second", "other shape"
  double largest = 0;          // |a - b|
  double relative = 0;         // largest / max|a|
  std::int64_t count = 0;      // values that differ
  std::int64_t first = -1;     // position of the first difference
};
std::vector<TensorDifference> diff(const std::string& a, const std::string& b);

}  // namespace cnnctl
