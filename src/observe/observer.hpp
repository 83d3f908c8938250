// What training tells whoever watches. Observers see everything and change nothing: no number of the run depends on
// one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metrics/metrics.hpp"

namespace cnnctl {

/// Facts about a run, told once before its first step.
struct RunStart {
  std::string run_dir, name, model, input, tool_version;
  std::int64_t layers = 0, parameters = 0, macs = 0;
  std::int64_t train_samples = 0, validation_samples = 0, classes = 0;
  std::int64_t epochs = 0, batch_size = 0, steps_per_epoch = 0, seed = 0;
  std::int64_t epoch = 0, step = 0;                         // where it starts; not 0 when resumed
  std::uint64_t memory_forecast = 0, memory_available = 0;  // bytes
  std::uint64_t weights_hash = 0;
  int threads = 1;
};

/// After each optimizer step.
struct StepEvent {
  std::int64_t epoch = 0, epochs = 0;   // the running epoch, from 1
  std::int64_t batch = 0, batches = 0;  // done in this epoch, of
  std::int64_t step = 0;                // optimizer steps in all
  double loss = 0, top1 = 0;            // of the epoch so far
  double lr = 0;
  double seconds = 0, data_seconds = 0;  // of the epoch so far in this process; of them waiting for data
  std::int64_t images = 0;               // trained on in these seconds
  std::int64_t images_left = 0;          // until the last epoch ends
};

/// After each epoch.
struct EpochEvent {
  std::int64_t epoch = 0, epochs = 0, step = 0;  // epochs from 1
  double lr = 0;                                 // of the last step
  Metrics train;
  std::optional<Metrics> validation;
  double seconds = 0, images_per_second = 0;  // training, validation not counted
  double data_share = 0;                      // of these seconds, waiting for data
  std::uint64_t weights_hash = 0;
  bool best = false;  // the best epoch so far
};

/// When training ends, however it does.
struct StopEvent {
  enum class Reason { finished, early, signal, diverged };
  Reason reason = Reason::finished;
  std::int64_t epoch = 0, step = 0;  // epochs completed
  std::int64_t best_epoch = 0;       // from 1; 0: none
  double best_value = 0;
  std::string monitor, message;
  double seconds = 0;
  std::uint64_t peak_memory = 0;  // bytes
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void start(const RunStart&) {}
  virtual void step(const StepEvent&) {}
  virtual void epoch(const EpochEvent&) {}
  virtual void saved(const std::string& path, std::int64_t step) { (void)path, (void)step; }
  virtual void stop(const StopEvent&) {}
};

/// "finished", "early", "signal", "diverged".
std::string_view reason_name(StopEvent::Reason reason);

/// How progress is shown: `automatic` takes the bar on a terminal and plain lines elsewhere.
enum class ProgressStyle { automatic, bar, plain, none };

/// Progress on stderr.
std::unique_ptr<Observer> console_observer(ProgressStyle style);
/// Appends to <run_dir>/metrics.csv one row an epoch; the columns are kMetricsColumns.
std::unique_ptr<Observer> csv_observer(const std::string& run_dir);
/// Appends to <run_dir>/events.jsonl one JSON object an event (steps left out).
std::unique_ptr<Observer> event_observer(const std::string& run_dir);
/// Appends to <run_dir>/train.log what the console says in plain lines, with the time.
std::unique_ptr<Observer> log_observer(const std::string& run_dir);

inline constexpr std::string_view kMetricsColumns =
    "epoch,step,lr,train_loss,train_top1,val_loss,val_top1,seconds,images_per_second,weights_hash";

/// Lines of plain text for people, at most 80 columns each; shared by the console and the log.
std::vector<std::string> start_lines(const RunStart& e);
std::string epoch_line(const EpochEvent& e);
std::string stop_line(const StopEvent& e);

}  // namespace cnnctl
