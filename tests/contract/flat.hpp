// Flat arrays under training by an optimizer, between guards, with places that are nobody's: for the law of optimizers.
#pragma once

#include <cstdint>
#include <vector>

#include "contract/optimizer_cases.hpp"
#include "guarded.hpp"
#include "optim/optimizer.hpp"

namespace cnnctl::testing {

/// What an optimizer has made of its arrays.
struct Weights {
  Numbers values;
  std::vector<Numbers> state;
};

/// How a step is given to an optimizer.
struct Delivery {
  std::size_t parameters = 100;       // of one call
  std::int64_t values = 0;            // of one call, at most, for Optimizer::by_value; 0: whole parameters
  bool backwards = false;             // the last parameters first, as a backward pass has them
  std::size_t first = 0, most = 100;  // parameters that have gradients in this step
  double rate = 1;                    // of the schedule
  double scale = 1;                   // of the gradients
  double size = 1;                    // what the gradients themselves are multiplied by
};

class Flat {
 public:
  /// Parameters of all sizes and treatments: one whose norm is of several blocks, one that ends in zeros, one that is
  /// zero everywhere, neighbours treated alike. What lies before, between and behind them is a frozen parameter's and
  /// full of dirt.
  static std::vector<Segment> usual();
  /// Whether the position is of a parameter's own values, not of the zeros behind them.
  static bool is_value(std::int64_t position);

  explicit Flat(const OptimizerCase& c, std::vector<Segment> segments = usual(), Dirt dirt = kNotANumber);

  /// Takes weights over from another: as from a checkpoint.
  void restore(const Weights& weights, std::int64_t steps);
  /// Step `steps` with gradients that follow from its number alone.
  void step(const Workers& workers, const Delivery& how = {});
  /// What a step would see as gradients.
  static Numbers gradients_of(std::int64_t step, double size = 1);

  Weights weights() const;
  /// Nothing was written beside the arrays, to the gradients, or where no parameter stands.
  Agreement undamaged() const;

  Choice<Optimizer> optimizer;
  std::vector<Segment> segments;
  std::int64_t steps = 0;

 private:
  Dirt dirt_;
  Guarded values_;
  std::vector<Guarded> state_;
  Agreement damage_;
};

Agreement same_bits(const Weights& got, const Weights& want);

}  // namespace cnnctl::testing
