// The contract of an optimizer: one fused pass over flat arrays.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/workers.hpp"
#include "config/fields.hpp"
#include "tensor/shape.hpp"

namespace cnnctl {

/// A run of consecutive parameters that are treated alike.
struct Segment {
  std::int64_t begin = 0, end = 0;  // positions in the flat arrays
  bool decay = true;                // weight decay applies
};

/// Gradients of the parameters that stand in [begin, end) of the flat arrays.
struct Gradients {
  std::int64_t begin = 0, end = 0;
  const real* values = nullptr;  // that of position `begin` comes first

  const real* at(std::int64_t position) const { return values + (position - begin); }
};

/// One step, or the part of it that `gradients` cover. The flat arrays are `values` and, in `state`,
/// Optimizer::states() arrays of the same length, zero at the start.
struct Step {
  const Workers& workers;
  std::span<const Segment> segments;
  real* values;
  Gradients gradients;
  std::span<real* const> state;
  double lr;              // rate of this step, the schedule applied
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
  virtual void step(const Step& s) const = 0;
};
const Catalog<Optimizer>& optimizers();

/// Where a schedule stands.
struct Progress {
  std::int64_t step;  // steps done
  std::int64_t steps_per_epoch;
  std::int64_t epochs;  // planned in total
};

/// A schedule gives the factor on the optimizer's rate. Warm-up (fields warmup_epochs or warmup_steps, from
/// warmup_start times the rate) is common to all; the schedule proper counts from the end of the warm-up for cosine,
/// and from the beginning of training for step and multistep, which count whole epochs.
class Schedule {
 public:
  virtual ~Schedule() = default;
  virtual void fields(Fields& f) = 0;
  virtual double factor(const Progress& p) const = 0;
};
const Catalog<Schedule>& schedules();

}  // namespace cnnctl
