// The contract of an optimizer: how the values of parameters follow their gradients.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/workers.hpp"
#include "config/fields.hpp"
#include "tensor/flat.hpp"

namespace cnnctl {

/// One step, or the part of it that `gradients` cover: the parameters of one layer, or for Optimizer::by_value any part
/// of one; never more than the step's parameters in all. The flat arrays are `values` and, in `state`,
/// Optimizer::states() arrays of the same length, zero at the start. Zeros between parameters must stay zero.
struct Step {
  const Workers& workers;
  std::span<const Segment> segments;  // all parameters, in the order of the flat arrays
  real* values;
  Gradients gradients;
  std::span<real* const> state;
  double lr;              // rate of this step, the schedule applied; Segment::rate not yet
  std::int64_t step;      // steps done before this one (Adam's bias correction)
  double gradient_scale;  // every gradient is multiplied by this first (clipping); 1 for none
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  virtual void fields(Fields& f) = 0;

  virtual double lr() const = 0;
  /// false: weight decay skips biases and normalisation parameters (field `decay_bias_and_norm`, default true as in
  /// PyTorch).
  virtual bool decays_bias_and_norm() const = 0;
  /// Names of the state arrays as they stand in a training state: {"momentum"}, {"exp_avg", "exp_avg_sq"}.
  virtual std::vector<std::string_view> states() const = 0;
  /// Changes the values and states of the parameters whose gradients `s` has, and nothing else: a pure function of
  /// these, the same bits however a step is cut and for any number of workers.
  virtual void step(const Step& s) const = 0;
  /// Whether each value moves by itself. Otherwise gradients come by whole parameters: an update asks for the norm of a
  /// parameter or of its gradient.
  virtual bool by_value() const { return true; }
};
const Catalog<Optimizer>& optimizers();

/// What a schedule that follows results has noted of them. It holds nothing itself: whoever trains keeps this, and
/// saves it with the rest of what a run goes on from.
struct Noted {
  double factor = 1;            // of the rate
  std::optional<double> best;   // result so far
  std::int64_t bad_epochs = 0;  // since then, or since the factor fell
  std::int64_t cooldown = 0;    // epochs that still do not count

  bool operator==(const Noted&) const = default;
};

/// Where a schedule stands.
struct Progress {
  std::int64_t step;  // steps done
  std::int64_t steps_per_epoch;
  std::int64_t epochs;  // planned in total
  Noted noted = {};     // of the epochs done
};

/// How an epoch went.
struct EpochResult {
  double value = 0;  // of the monitored number
  bool larger_is_better = false;
  double lr = 0;  // the optimizer's
};

/// A schedule gives the factor on the optimizer's rate, a function of where training stands. Warm-up (fields
/// warmup_epochs or warmup_steps, from warmup_start times the rate) is common to all; the schedule proper counts from
/// the end of the warm-up for cosine, and from the beginning of training for step and multistep, which count whole
/// epochs.
class Schedule {
 public:
  virtual ~Schedule() = default;
  virtual void fields(Fields& f) = 0;
  virtual double factor(const Progress& p) const = 0;
  /// Whether results have a say in it, and what it notes of one, after each epoch.
  virtual bool follows_results() const { return false; }
  virtual void note(const EpochResult&, Noted&) const {}
  /// What of it a training of so many epochs never comes to, for people; empty if nothing.
  virtual std::string beyond(std::int64_t) const { return {}; }
};
const Catalog<Schedule>& schedules();

}  // namespace cnnctl
