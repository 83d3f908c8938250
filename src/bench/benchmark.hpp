// How fast a network trains and infers on data that is in memory already. Knows steps and clocks; prints nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "experiment/goal.hpp"
#include "graph/program.hpp"

namespace cnnctl {

/// Of one piece of work that was repeated, in milliseconds. The median is what to expect. The least is what to compare:
/// other programs on the machine only ever add time, so that it needs no more than one undisturbed repetition.
struct Timing {
  double median_ms = 0, least_ms = 0;
};

/// Means of one operation of a training step.
struct OperationTiming {
  OperationInfo info;
  double forward_ms = 0, backward_ms = 0;
};

/// A training step, piece by piece: means over the same steps, so that the pieces and the rest add up.
struct StepTiming {
  std::vector<OperationTiming> operations;
  double loss_ms = 0, optimizer_ms = 0;
  double step_ms = 0;  // whole

  /// What none of the pieces took: the way from one to the next.
  double rest_ms() const;
};

struct BenchmarkRequest {
  std::int64_t batch_size = 1;
  double seconds = 2;       // for each measurement, after a warm-up
  bool operations = false;  // measure each operation by itself, too
};

struct BenchmarkResult {
  Timing train;    // forward, loss, backward, optimizer
  Timing forward;  // in inference mode
  StepTiming step;
};

/// Measures on a batch of normal numbers with random targets. Draws the network's weights afresh.
BenchmarkResult benchmark(const Experiment& experiment, Network& network, const Workers& workers,
                          const BenchmarkRequest& request);

}  // namespace cnnctl
