// A trained network measured on a split of its data. Prints no result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/model.hpp"
#include "metrics/results.hpp"

namespace cnnctl::cli {

struct EvaluationRequest {
  std::string split;  // empty: the test split, or without one what validates
  std::optional<std::int64_t> batch_size;
  std::optional<int> threads;
  bool per_class = false;
};

struct ClassResult {
  std::string name;
  std::int64_t samples = 0, correct = 0;

  double share() const { return static_cast<double>(correct) / static_cast<double>(samples); }
};

struct Evaluation {
  std::string checkpoint;
  std::optional<std::int64_t> epoch;  // of weights from elsewhere none is known
  std::string split;
  Results results;
  std::vector<ClassResult> classes;  // if they were asked for
};

/// Throws what opening and reading the samples throws; UsageError if the model has no such split or no classes;
/// TrainingError if what it gives is not finite.
Evaluation evaluate(const TrainedModel& model, const EvaluationRequest& request);

}  // namespace cnnctl::cli
