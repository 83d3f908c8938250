// Adds up what a run tells of its samples: the objective's terms and the metrics, batch by batch.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "losses/objective.hpp"
#include "metrics/metric.hpp"
#include "metrics/results.hpp"

namespace cnnctl {

/// A metric with the output and the target that it measures.
struct Measure {
  std::string name, label;  // of its number
  std::size_t output = 0;   // position among the network's outputs
  std::string target;
  std::int64_t sums = 0;
  Choice<Metric> metric;
};

/// What was added up so far, by the name of the number that it makes: all that a meter holds.
using NamedSums = std::map<std::string, std::vector<double>>;

class Meter {
 public:
  /// `objective` outlives the meter.
  Meter(const Objective& objective, std::vector<Measure> measures);

  /// Forgets everything.
  void reset();
  /// Goes on from what another meter of the same objective and measures held. What is not in `sums` begins with 0.
  void restore(std::int64_t samples, const NamedSums& sums);

  /// Adds a batch: what the objective said of it, its outputs and its targets.
  void add(std::span<const TermValue> values, std::span<const Output> outputs, const Targets& targets);

  std::int64_t samples() const { return samples_; }
  NamedSums sums() const;
  /// The loss, the metrics, and each term of the loss if there are several; all 0 before the first batch.
  Results results() const;

 private:
  const Objective& objective_;
  std::vector<Measure> measures_;
  std::vector<double> terms_;  // (terms, 2): the sum of weighted means, and of weights
  std::vector<std::vector<double>> sums_;
  std::int64_t samples_ = 0;
};

}  // namespace cnnctl
