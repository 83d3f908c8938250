// What of a run is saved, when, and under which name.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "checkpoint/checkpoint.hpp"
#include "experiment/experiment.hpp"
#include "train/optimizer_state.hpp"

namespace cnnctl {

/// Writes <run_dir>/checkpoints. Every file is replaced atomically, the training state last: whatever a kill leaves,
/// going on from the state makes the other files again.
class Saver {
 public:
  using Saved = std::function<void(const std::string& path, std::int64_t step)>;

  /// `info` holds what is the same in every checkpoint, `data` is kept in the training state. `saved` is called after
  /// each file.
  Saver(const std::string& run_dir, const CheckpointConfig& config, const Network& network, const OptimizerState& state,
        CheckpointInfo info, const DataRecord& data, Saved saved);

  const std::string& run_dir() const { return run_dir_; }
  /// Where training stood when its state was saved last; weights and the optimizer's arrays are those of then.
  TrainingProgress load_state(Network& network, const OptimizerState& state) const;

  /// True if a save in mid-epoch is due, by steps or by time.
  bool due(const TrainingProgress& progress) const;

  /// Saves the training state.
  void save_state(const TrainingProgress& progress);

  /// Saves what the network now is: last, best if `best`, and epoch-NNN if it is one to keep. `metrics` is JSON. The
  /// training state is to follow.
  void save_models(const TrainingProgress& progress, const std::string& metrics, bool best);

 private:
  void save(const std::string& name, const CheckpointInfo& info);
  void forget_old_epochs() const;

  std::string run_dir_, folder_;
  CheckpointConfig config_;
  const Network& network_;
  const OptimizerState& state_;
  CheckpointInfo info_;
  const DataRecord& data_;
  Saved saved_;
  std::chrono::steady_clock::time_point last_save_ = std::chrono::steady_clock::now();
};

}  // namespace cnnctl
