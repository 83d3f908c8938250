// What a checkpoint is: weights under PyTorch's names, and all that eval, infer and resume need beside them.
//
// Two kinds of file, both safetensors:
//   best, last, epoch-NNN .safetensors   the model: exactly its state dict, loads in PyTorch with strict=True
//   state.safetensors                    the training state: the same, and the optimizer's arrays as
//                                        "optimizer.<state>.<parameter>", and what the data was, as "data.train.marks"
//                                        and the like; what --resume reads; one atomic file
// No time stamps: the same state gives the same bytes. The text of CheckpointInfo stands in the file's metadata under
// "cnnctl."; files of PyTorch and others, which have none, load as weights.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/whole_numbers.hpp"
#include "data/pipeline.hpp"
#include "model/network.hpp"
#include "optim/optimizer.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {

struct DataRecord;  // data/record.hpp

/// Where training stood. Everything else that is random or ordered follows from these numbers.
struct TrainingProgress {
  std::int64_t epoch = 0;          // epochs completed
  std::int64_t step_in_epoch = 0;  // batches of the running epoch that are done
  std::int64_t step = 0;           // optimizer steps done in all
  std::int64_t seen = 0;           // samples of the running epoch that are done
  // What was added up over them, by the number that it makes, so that the epoch's line is the same after resume.
  std::map<std::string, std::vector<double>> sums;
  std::int64_t best_epoch = -1;  // epoch of the best result so far
  double best_value = 0;         // of the monitored number
  std::int64_t epochs_without_improvement = 0;
  std::int64_t rollbacks = 0;  // how often it went back because a number was not finite (train.on_nan)
  double rate_factor = 1;      // of the learning rate since then
  Noted noted;                 // by the schedule
  std::int64_t averaged = 0;   // how often the average of the weights took them in (train.ema, train.swa)
};

/// What a checkpoint says about itself.
struct CheckpointInfo {
  std::string config;  // resolved YAML
  std::vector<std::string> class_names;
  Pipeline pipeline;  // of files older than it the normalisation alone; shapes of rank 0 are those of the model's input
  TrainingProgress progress;
  std::string metrics;       // JSON object with the epoch's results; "{}" if none
  std::string tool_version;  // set by reading
};

/// Newest layout of the metadata that this program reads, and the one it writes.
inline constexpr int kCheckpointFormat = 2;

/// Saves exactly the network's parameters.
void save_model(const std::string& path, const Network& network, const CheckpointInfo& info);

/// What training keeps of each parameter, by name: network.flat_size() values.
struct NamedState {
  std::string name;  // "momentum"
  real* values;
  real* statistics = nullptr;  // network.statistics_size() values, where it is kept of these as well: "average"
};
void save_state(const std::string& path, const Network& network, std::span<const NamedState> optimizer,
                const CheckpointInfo& info, const DataRecord* data = nullptr);

/// Reads what a checkpoint says about itself. Throws CheckpointError if it is not one of cnnctl's, or of a format newer
/// than kCheckpointFormat.
CheckpointInfo read_info(const std::string& path);

/// What did not fit, by name.
struct LoadReport {
  std::size_t loaded = 0;
  std::string wrapping;                 // that all names in the file begin with and that was seen through: "module."
  std::vector<std::string> missing;     // in the network, not in the file
  std::vector<std::string> unexpected;  // in the file, not in the network ("num_batches_tracked" is no surprise)
  std::vector<std::string> mismatched;  // "fc.weight: 1000x512 in the file, 10x512 in the network"
};

/// Copies weights by name, seeing through what wrapped the model when it was saved ("module.", "_orig_mod." and their
/// like); the optimizer's arrays of a training state are passed over. With `strict`, anything missing, unexpected or of
/// another shape is a CheckpointError that lists it; otherwise what fits is loaded and the rest reported, and only that
/// nothing fits is an error. Values that are not finite and negative variances are an error.
/// After an error the network is as before.
LoadReport load_model(const std::string& path, Network& network, bool strict);

/// Restores weights and optimizer state; everything must fit exactly. Returns the info. After an error nothing changed.
CheckpointInfo load_state(const std::string& path, Network& network, std::span<const NamedState> optimizer);

/// The checkpoint that a user means: a file as it is; a run folder (or its checkpoints/) stands for best.safetensors,
/// or last.safetensors. Throws CheckpointError if there is none.
std::string find_checkpoint(const std::string& path);

/// Writes the mean of the models of at least two checkpoints, value by value, taken in double; running statistics are
/// averaged as well (Izmailov et al. measure them anew: train.swa). Numbers of half a word become floats. Whole numbers
/// and what a checkpoint says about itself are those of the last file, without its results. Throws CheckpointError that
/// names what one file lacks, has besides or has in another shape or type; for values that are not finite; and for
/// other classes or another preparation of pictures.
void average(std::span<const std::string> paths, const std::string& output);

/// One line of `checkpoint inspect`. Extremes and mean are over the finite values, and 0 if there are none.
struct TensorSummary {
  std::string name, dtype;
  std::vector<std::int64_t> shape;
  std::int64_t count = 0;
  std::uint64_t bytes = 0;
  bool is_read = true;  // false: of a type whose values this program does not read, such as F8_E4M3
  double least = 0, largest = 0, mean = 0;
  std::optional<WholeNumbers> whole;  // of integers, exactly
  std::int64_t nonfinite = 0;
  std::int64_t negative = 0;  // values below zero of what never is: variances and means of squares
};

struct CheckpointSummary {
  std::uint64_t file_bytes = 0;
  bool has_checksum = false;           // then it was verified
  std::optional<CheckpointInfo> info;  // none in other programs' files
  std::vector<TensorSummary> tensors;  // by name
  std::int64_t parameters = 0;         // values of the model, the optimizer's arrays left out
  std::int64_t nonfinite = 0;          // in all tensors
};

/// Throws CheckpointError for a damaged file; values that are not finite are only counted.
CheckpointSummary inspect(const std::string& path);

/// What `checkpoint verify` does: inspect, and a CheckpointError if a value is not finite, or a variance negative. What
/// was not read (TensorSummary::is_read) is not vouched for.
CheckpointSummary verify(const std::string& path);

/// One line of `checkpoint diff`.
struct TensorDifference {
  std::string name;
  std::string what;         // "equal", "different", "only in the first", "only in the second", "other shape",
                            // "other type"
  double largest = 0;       // |a - b|; infinite where one is NaN or infinite
  double relative = 0;      // largest / max|a|
  std::int64_t count = 0;   // values whose bits differ
  std::int64_t first = -1;  // position of the first difference
};
/// Compares tensor by tensor, in the order of the names.
std::vector<TensorDifference> diff(const std::string& a, const std::string& b);

}  // namespace cnnctl
