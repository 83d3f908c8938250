// What training tells whoever watches. Observers see everything and change nothing: no number of the run depends on
// one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "metrics/meter.hpp"

namespace cnnctl {

/// Facts about a run, told once before its first step.
struct RunStart {
  std::string run_dir, name, model, input, tool_version;
  std::int64_t layers = 0, parameters = 0, frozen = 0, macs = 0;  // frozen: of the parameters
  std::int64_t train_samples = 0, validation_samples = 0, classes = 0;
  std::int64_t epochs = 0, batch_size = 0, steps_per_epoch = 0, seed = 0;
  std::int64_t batches_per_step = 1;
  std::int64_t epoch = 0, step = 0;                         // where it starts; not 0 when resumed
  std::uint64_t memory_forecast = 0, memory_available = 0;  // bytes
  std::uint64_t weights_hash = 0;
  int threads = 1;
  std::vector<std::pair<std::string, std::string>> environment;  // program, libraries and processor, by name
  std::vector<Number> numbers;  // what will be told of each epoch; their values mean nothing yet
};

/// After each optimizer step.
struct StepEvent {
  std::int64_t epoch = 0, epochs = 0;         // the running epoch, from 1
  std::int64_t batch = 0, batches = 0;        // done in this epoch, of
  std::int64_t step = 0;                      // optimizer steps in all
  double loss = 0;                            // of this step's batches
  std::optional<std::uint64_t> weights_hash;  // after some of the first steps, for whoever wants to do them again
  const Meter* measured = nullptr;            // of the epoch so far
  double lr = 0;
  double seconds = 0, data_seconds = 0;  // of the epoch so far in this process; of them waiting for data
  std::int64_t images = 0;               // trained on in these seconds
  std::int64_t images_left = 0;          // until the last epoch ends
};

/// After each epoch.
struct EpochEvent {
  std::int64_t epoch = 0, epochs = 0, step = 0;  // epochs from 1
  double lr = 0;                                 // of the last step
  Results train;
  std::optional<Results> validation;
  double seconds = 0, images_per_second = 0;  // training, validation not counted
  double data_share = 0;                      // of these seconds, waiting for data
  std::uint64_t weights_hash = 0;
  bool best = false;  // the best epoch so far
};

/// Calls use("train_" + name, value) for each number of the training samples, then use("val_" + name, value) for each
/// of the validation samples.
void each_number(const EpochEvent& e, FunctionRef<void(const std::string& name, double value)> use);

/// After a number was not finite, and training goes on from where it was saved last.
struct RollbackEvent {
  std::int64_t epoch = 0, step = 0;  // where it is now; epochs completed
  std::int64_t from_step = 0;        // where it was
  double rate_factor = 1;            // of the learning rate from now on
  std::string message;               // what had happened
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
  virtual void rolled_back(const RollbackEvent&) {}
  virtual void stop(const StopEvent&) {}
};

/// "finished", "early", "signal", "diverged".
std::string_view reason_name(StopEvent::Reason reason);

/// How progress is shown: `automatic` takes the bar on a terminal and plain lines elsewhere.
enum class ProgressStyle { automatic, bar, plain, none };

/// All of the following: an observer is a file, its line here and its line in observers.cpp.
std::vector<std::unique_ptr<Observer>> make_observers(const std::string& run_dir, ProgressStyle style);
/// Progress on stderr.
std::unique_ptr<Observer> console_observer(ProgressStyle style);
/// Appends to <run_dir>/metrics.csv one row an epoch: epoch, step, lr, train_loss, train_<metric>, val_loss,
/// val_<metric> of the first metric; train_ and val_ of every further metric, and of each term of the loss if there are
/// several; seconds, images_per_second, weights_hash. A file that is gone on with keeps the columns that it has.
std::unique_ptr<Observer> csv_observer(const std::string& run_dir);
/// Appends to <run_dir>/events.jsonl one JSON object an event; of steps those with a hash of the weights.
std::unique_ptr<Observer> event_observer(const std::string& run_dir);
/// Appends to <run_dir>/train.log what the console says in plain lines, with the time.
std::unique_ptr<Observer> log_observer(const std::string& run_dir);

/// Six characters for a loss of any size.
std::string loss_text(double loss);

/// Lines of plain text for people, at most 80 columns each; shared by the console and the log.
std::vector<std::string> start_lines(const RunStart& e);
std::string epoch_line(const EpochEvent& e);
std::string stop_line(const StopEvent& e);
std::vector<std::string> rollback_lines(const RollbackEvent& e);

}  // namespace cnnctl
