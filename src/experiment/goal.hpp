// What a network is trained for: the terms of its objective, the metrics and the monitored number, fitted to the
// network's outputs and to the targets that the data gives. Knows names and shapes; evaluates nothing.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/sample.hpp"
#include "experiment/experiment.hpp"
#include "metrics/meter.hpp"
#include "model/network.hpp"

namespace cnnctl {

/// A target that the data gives for each sample.
struct NamedTarget {
  std::string name;
  TargetSpec spec;
};

struct Goal {
  std::vector<Term> terms;
  std::vector<Measure> measures;
  std::string monitor;  // "val_top1": what judges epochs

  /// The names of the numbers that are measured, in the order of Meter::results(), and what is better of each.
  std::vector<Number> numbers() const;
};

/// The columns of a batch that are no input, as targets; the one that the data has for a target comes first.
std::vector<NamedTarget> targets_of(const SampleSpec& batch);

/// Finds outputs and targets by their names; the first target is what a term takes that names none. Without `metrics:`
/// classes get top1, and of more than five top5; values get mse and mae. Throws ConfigError with every mistake: a name
/// that is not there, a loss or a metric that cannot take its output or target.
Goal plan_goal(const Experiment& experiment, const Network& network, std::span<const NamedTarget> targets);

/// What plan_goal can find out before there is data: names of outputs and terms, and a monitored number that no data
/// could give.
void check_goal(const Settings& settings, const Network& network, Diagnostics& diagnostics);

}  // namespace cnnctl
