// An average of the weights, kept beside them while they are trained. Knows when it follows, and how; knows neither
// files nor samples.
#pragma once

#include "experiment/experiment.hpp"
#include "train/optimizer_state.hpp"

namespace cnnctl {

/// Of weights and of batch norm's statistics. How often it followed stands in TrainingProgress::averaged, so that it is
/// the same after a resume.
///
/// train.ema: average += (1 - decay) * (weights - average) after each step, beginning with the first weights, as timm's
/// ModelEmaV2; with `ramp` decay is min(decay, (1 + t) / (10 + t)) for the t-th step from 1, as in torch_ema.
/// train.swa: the mean of the weights at the end of each epoch from start_epoch on (Izmailov et al., UAI 2018).
class WeightAverage {
 public:
  /// Nothing, if `config` asks for none. All of it outlives the average.
  WeightAverage(const TrainConfig& config, Network& network, const Workers& workers, const OptimizerState& state);

  /// Before the first step of a training: the average is what the weights are.
  void begin();
  /// After each optimizer step.
  void follow_step(TrainingProgress& progress);
  /// After the last step of the epoch that is running; once only, however often it is called.
  void follow_epoch(TrainingProgress& progress);
  /// Whether it takes the weights' place where they are judged and saved as a model.
  bool counts(const TrainingProgress& progress) const { return average_ && progress.averaged > 0; }
  /// Whether statistics that were averaged say nothing, and are to be measured.
  bool measures_statistics() const { return config_.swa.has_value(); }

  /// Puts the average in the network's place while it lives, if it counts.
  class InPlace {
   public:
    InPlace(WeightAverage& average, const TrainingProgress& progress)
        : average_(average.counts(progress) ? &average : nullptr) {
      if (average_) average_->exchange();
    }
    ~InPlace() {
      if (average_) average_->exchange();
    }
    InPlace(const InPlace&) = delete;
    InPlace& operator=(const InPlace&) = delete;

   private:
    WeightAverage* average_;
  };

 private:
  void exchange();
  void move(double share);

  const TrainConfig& config_;
  Network& network_;
  const Workers& workers_;
  std::optional<NamedState> average_;
};

}  // namespace cnnctl
