// One training step: forward pass, objective, backward pass, clipping, update. What the trainer repeats, the benchmark
// measures and tests compare. Knows neither data nor schedules.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "graph/program.hpp"
#include "losses/objective.hpp"
#include "optim/optimizer.hpp"
#include "tensor/tensor.hpp"
#include "train/optimizer_state.hpp"

namespace cnnctl {

/// What a step works on; all of it outlives the step.
struct StepParts {
  Network& network;
  const Workers& workers;
  Program& program;  // of the network, in train mode
  Objective& objective;
  const Optimizer& optimizer;
  const OptimizerState& state;
  std::optional<double> clip_grad_norm;   // largest 2-norm of all gradients; the program then keeps them all
  std::optional<double> clip_grad_value;  // largest of any of them
  std::uint64_t seed = 0;                 // of everything random in the forward pass
  bool gathers = false;                   // the gradients of several batches make a step; takes memory for all of them
};

/// Seconds of wall time, summed since TrainingStep::measure.
struct StepTimes {
  double objective = 0, update = 0;
};

class TrainingStep {
 public:
  explicit TrainingStep(const StepParts& parts);

  /// The first half, for the first n samples in the program's input and their targets: each term's mean (as
  /// Objective::evaluate). `step` numbers the batches from 0.
  std::span<const TermValue> forward(std::int64_t n, std::int64_t step, const Targets& targets);
  /// After `forward`, and until `backward`: the network's outputs.
  std::span<const Output> outputs() const { return outputs_; }
  /// The second half: every trained parameter moves. `step` numbers the steps from 0.
  void backward(std::int64_t step, double lr);

  /// The second half of one of several batches that make a step: its gradients join those that were gathered, and count
  /// `weight`.
  void gather(double weight);
  /// The end of such a step: every trained parameter moves along the weighted mean of what was gathered.
  void update(std::int64_t step, double lr);
  /// Nothing is gathered any more; so it is at the beginning, and after `update`.
  void forget();

  /// From now on the time of each part that is no operation of the program is taken.
  void measure() { measures_ = true; }
  const StepTimes& times() const { return times_; }

 private:
  /// The update by gradients that were multiplied by `divisor`.
  void move(const Gradients& gradients, double divisor, std::int64_t step, double lr);
  double scale_of(const Gradients& gradients, double divisor) const;

  StepParts parts_;
  std::vector<Segment> segments_;
  std::vector<Output> outputs_;
  Tensor sum_;  // of the gradients gathered, each times its weight
  double weight_ = 0;
  bool measures_ = false;
  StepTimes times_;
};

}  // namespace cnnctl
