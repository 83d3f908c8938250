// Examples of optimizers for their law, each with its formula in double, written from the source that it names and from
// nothing of ours.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cnnctl::testing {

using Doubles = std::vector<double>;

/// One parameter under training.
struct Trained {
  Doubles w;
  std::vector<Doubles> state;  // in the order of Optimizer::states(), zeros at the start
};

/// Step t, from 1, with gradient g. `lr` is the parameter's rate, `decay` its factor on the weight decay.
using Formula = std::function<void(Trained&, const Doubles& g, int t, double lr, double decay)>;

struct OptimizerCase {
  std::string kind, yaml;
  Formula formula;
  bool decays = false;         // it has a weight decay above 0
  bool whole = false;          // what becomes of a value depends on all values of its parameter
  bool keeps_changes = false;  // its momentum is of changes, not of gradients: at rate 0 it moves on

  /// "sgd {momentum: 0.9}"
  std::string text() const;
};

const std::vector<OptimizerCase>& optimizer_cases();

}  // namespace cnnctl::testing
