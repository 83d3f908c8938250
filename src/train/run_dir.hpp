// The folder of a run: its number, its lock, and its logs cut back to where training goes on.
#pragma once

#include <memory>
#include <string>

#include "base/file.hpp"
#include "checkpoint/checkpoint.hpp"

namespace cnnctl {

/// A locked run folder.
class RunDir {
 public:
  /// Makes runs/<name>/<NNN> with the next free number.
  static RunDir next(const std::string& name);
  /// Makes, or takes if it holds no run yet, exactly this folder. Throws UsageError if it holds a run.
  static RunDir at(const std::string& path);
  /// Throws UsageError unless the folder holds a run.
  static void require_run(const std::string& path);
  /// Takes the folder of a run. Throws UsageError if it holds none.
  static RunDir existing(const std::string& path);

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string state() const { return state_of(path_); }
  static std::string state_of(const std::string& run) { return run + "/checkpoints/state.safetensors"; }
  bool has_state() const;

  /// Empties metrics.csv and events.jsonl of a run that ended before it had begun, if there was one in this folder.
  void begin_logs() const;
  /// Drops what metrics.csv and events.jsonl tell of epochs and steps after `progress`; each file in one atomic step.
  void cut_logs(const TrainingProgress& progress) const;

 private:
  explicit RunDir(std::string path);

  std::string path_;
  std::unique_ptr<FolderLock> lock_;
};

}  // namespace cnnctl
