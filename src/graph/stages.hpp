// The order in which a program's operations run: stages, one after the other. Knows operations and their plans; knows
// no memory and runs nothing.
//
// A stage is one operation on the whole batch, or a chain: consecutive operations that treat each sample by itself. A
// chain runs depth first, group of samples by group of samples: one worker takes a group through all operations while
// it is in its cache. Chains end where an operation must have seen the whole batch (Plan::gathers): its gathering is
// the last part of one chain, what follows from it begins the next.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/operations.hpp"

namespace cnnctl {

/// What is done with one operation of a chain.
struct Part {
  std::size_t operation;
  bool gather;  // gather and, at the chain's end, settle; else run
};

struct Stage {
  bool chain = false;
  std::vector<Part> parts;  // one unless it is a chain

  /// The operation that is settled after the stage.
  const Part* gathered() const { return !parts.empty() && parts.back().gather ? &parts.back() : nullptr; }
};

/// From when to when, in stages, an operation is in work: from gathering to running.
struct Span {
  std::int64_t begin = 0, end = 0;
};

struct Stages {
  std::vector<Stage> forward, backward;  // each in the order of execution
  /// By operation. The loss is computed at time `loss`, between the two passes.
  std::vector<Span> forward_time, backward_time;
  std::int64_t loss = 0;
};

/// `backward` says by operation whether it has a backward pass.
Stages stages_of(const Operations& operations, const std::vector<bool>& backward);

/// Samples of a group: by shapes and batch alone, so that sums over groups are the same on every machine.
std::int64_t group_size(const Operations& operations, std::int64_t batch);

}  // namespace cnnctl
