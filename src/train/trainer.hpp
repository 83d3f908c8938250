// The training loop. Knows steps, epochs and what follows each; knows neither files' formats nor terminals.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/loader.hpp"
#include "experiment/program_options.hpp"
#include "graph/program.hpp"
#include "observe/observer.hpp"
#include "train/monitor.hpp"
#include "train/optimizer_state.hpp"
#include "train/saver.hpp"
#include "train/step.hpp"
#include "train/training_data.hpp"

namespace cnnctl {

/// What the loop works on; all of it outlives the trainer.
struct TrainerParts {
  const Settings& settings;
  const Goal& goal;
  TrainingData& data;  // its record learns what is read
  Network& network;
  const Workers& workers;
  OptimizerState& state;
  Saver& saver;
  std::vector<std::unique_ptr<Observer>>& observers;
};

class Trainer {
 public:
  /// Makes both programs. `progress` is where training stands.
  Trainer(const TrainerParts& parts, TrainingPlans plans, TrainingProgress progress);

  struct Outcome {
    StopEvent stop;
    int signal = 0;  // that ended it, after saving
    std::optional<EpochEvent> last;
  };
  /// Trains until the last epoch, patience, or a signal. Throws TrainingError when a loss is not finite.
  Outcome run();

  const TrainingProgress& progress() const { return progress_; }

 private:
  struct Clock {  // of the running epoch, in this process
    std::chrono::steady_clock::time_point begin;
    double data_seconds = 0;
    std::int64_t images = 0;
    double seconds() const;
  };

  bool train_epoch();  // false: a signal came
  void train_step();
  void tell_step(double lr);
  bool finish_epoch();  // false: a signal came
  void save_state();
  void require_finite_loss(const Results& validation);
  void require_finite_weights();  // a state that cannot be gone on from must not replace one that can
  double rate_of(std::int64_t step) const;
  std::int64_t images_left() const;
  StopEvent stop_event(StopEvent::Reason reason, std::string message) const;
  [[noreturn]] void diverged(double loss);
  [[noreturn]] void stop_diverged(const std::string& message);
  template <class Tell>
  void tell(Tell what) {
    for (const std::unique_ptr<Observer>& observer : parts_.observers) what(*observer);
  }

  TrainerParts parts_;
  TrainingProgress progress_;
  Monitor monitor_;
  Objective objective_;
  Meter meter_, validation_meter_;
  Loader train_;
  std::optional<Loader> validation_;
  Buffer memory_;  // of both programs, which take turns
  Program program_;
  std::unique_ptr<Program> inference_;
  TrainingStep step_;
  Clock clock_;
  std::optional<EpochEvent> last_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace cnnctl
