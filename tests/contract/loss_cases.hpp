// Examples of losses for their law, and batches to try them on.
#pragma once

#include <string>
#include <vector>

#include "losses/batch.hpp"

namespace cnnctl::testing {

struct LossCase {
  /// What the outputs are that the loss takes.
  enum class Takes { numbers, log_probabilities, probabilities };

  std::string kind, yaml;
  Takes takes = Takes::numbers;
  bool logarithms = false;  // an output of -infinity is a probability of 0
  double smoothing = 0;
  std::vector<double> class_weights = {};  // of three classes; empty: all 1

  bool backwards = false;  // the divergence of the outputs from the targets

  /// "kl_div {input: probabilities}"
  std::string text() const;
};

const std::vector<LossCase>& loss_cases();

/// What a batch is made of. Shapes have three channels, as the fields of the cases have.
struct BatchKind {
  Shape shape;
  bool soft = false;         // targets are values, else classes
  std::int64_t weights = 0;  // for each sample: none, 1, or one a position
  std::string text() const;
};

/// Of all shapes, targets and weights.
const std::vector<BatchKind>& batch_kinds();

/// Outputs that the loss takes, of n samples; with weights, that of the second sample or position is 0. Values that are
/// targets do not add up to 1, and no output is near its own.
Batch batch_of(const LossCase& c, const BatchKind& kind, std::int64_t n = 5);

/// The mean over the batch in double, written from PyTorch's documentation and from nothing of ours.
double formula_of(const LossCase& c, const Batch& batch);

}  // namespace cnnctl::testing
