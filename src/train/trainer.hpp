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
#include "train/nan_bundle.hpp"
#include "train/optimizer_state.hpp"
#include "train/saver.hpp"
#include "train/steps.hpp"
#include "train/training_data.hpp"
#include "train/weight_average.hpp"

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
  /// Trains until the last epoch, patience, or a signal. What a loss or a weight that is not finite leads to is
  /// `train.on_nan`'s to say; a TrainingError at the end. The run's folder then has what led there, under nan/.
  Outcome run();

  const TrainingProgress& progress() const { return progress_; }

 private:
  struct Clock {  // of the running epoch, in this process
    std::chrono::steady_clock::time_point begin;
    double data_seconds = 0;
    std::int64_t images = 0;
    double seconds() const;
  };

  bool train_on();     // an epoch, or what is left of one; false: a signal came, and all is saved
  bool train_epoch();  // false: a signal came
  void train_step();
  void tell_step(double loss, double lr);
  bool finish_epoch();  // false: a signal came
  /// The weights that count over the validation samples; nothing if a signal came.
  std::optional<Results> validate();
  bool settle_average();  // false: a signal came
  void save_epoch(const EpochEvent& e);
  void save_state();
  void require_finite_loss(const Results& validation);
  void require_finite_weights();  // a state that cannot be gone on from must not replace one that can
  std::int64_t images_left() const;
  StopEvent stop_event(StopEvent::Reason reason, std::string message) const;
  NanFacts facts_of(NanFacts::What what, std::int64_t step) const;
  [[noreturn]] void diverged(NanFacts::What what);
  [[noreturn]] void diverged(NanFacts facts);
  /// Back to the last save, if train.on_nan says so and it was not too often yet.
  bool roll_back();
  template <class Tell>
  void tell(Tell what) {
    for (const std::unique_ptr<Observer>& observer : parts_.observers) what(*observer);
  }

  TrainerParts parts_;
  TrainingProgress progress_;
  Monitor monitor_;
  Buffer memory_;  // of both programs, which take turns
  TrainingSteps steps_;
  WeightAverage average_;
  Meter meter_, validation_meter_;
  std::optional<Loader> validation_;
  std::unique_ptr<Program> inference_;
  Clock clock_;
  std::optional<EpochEvent> last_;
  double last_loss_ = 0;  // of a batch
  std::string trouble_;   // what was last not finite
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace cnnctl
