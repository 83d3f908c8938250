// The order in which a program's operations run: stages, one after the other. Knows operations and their plans; knows
// no memory and runs nothing.
//
// A stage is one operation on the whole batch, or a chain: consecutive operations that treat each sample by itself. A
// chain runs depth first, part of the batch by part of the batch: one worker takes a part through all operations while
// it is in its cache. Chains end where an operation must have seen the whole batch (Layer::gathering): its gathering is
// the last task of one chain, what follows from it begins the next.
//
// What only one chain sees need not be kept for the batch: such values and gradients are local to the workers. A value
// that backward reads again is local, too, if its operation is cheap: it is computed a second time.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/operations.hpp"

namespace cnnctl {

/// What is done with one operation of a stage.
struct Task {
  enum class Action { gather, run, recompute };  // `gather` is settled at the end of the stage
  std::size_t operation;
  Action action;
};

struct Stage {
  bool chain = false;
  std::vector<Task> tasks;  // one unless it is a chain
  std::int64_t sums = 0;    // of the gradients of parameters that the chain adds up; each holds whole parts
};

/// From when to when, in stages, an operation is in work: from gathering to running.
struct Span {
  std::int64_t begin = 0, end = 0;
};

/// How the gradients of an operation's parameters are formed.
struct ParameterSumming {
  bool in_chain = false;  // while the chain runs; else after the stage, from the whole batch
  std::int64_t sums = 0;  // Summing::add_parameters; none: backward_parameters
};

struct Stages {
  std::vector<Stage> forward, backward;  // each in the order of execution
  // By operation. The loss is computed at time `loss`, between the two passes.
  std::vector<Span> forward_time, backward_time;
  std::vector<ParameterSumming> summing;
  std::int64_t loss = 0;
  // By value.
  std::vector<bool> local, local_gradient, recomputed;
  // Whose gradient's room a gradient takes over, sample by sample: a part reads the one before it writes the other,
  // and finds the bytes in its cache. The room may be larger. Its own value where it has a room of its own.
  std::vector<std::size_t> gradient_room;

  const Stage& at(std::int64_t time) const {
    return time < loss ? forward[static_cast<std::size_t>(time)] : backward[static_cast<std::size_t>(time - loss - 1)];
  }
};

/// With `keep_all` no value is local.
Stages stages_of(const Operations& operations, std::int64_t batch, std::int64_t part, bool keep_all);

/// Samples of a part: by shapes, mode and batch alone, so that sums over parts are the same on every machine.
std::int64_t part_size(const Operations& operations, Mode mode, std::int64_t batch);

}  // namespace cnnctl
