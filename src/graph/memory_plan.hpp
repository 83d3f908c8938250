// Decides where every byte of a program stands: values, their gradients, what layers keep, scratch. Knows operations
// and their plans; computes nothing.
//
// Time is counted in stages. Within a stage parts of samples run side by side, so what a stage touches
// is alive during all of it; only what comes after all parts, the gradients of the parameters that need the whole
// batch, has a time of its own. A buffer lives from its first writer to its last reader.
//
// Values and gradients that are local to a chain need room for a part of the batch, not for the batch: they stand in
// memory of each worker, which stays in its cache.
#pragma once

#include <cstddef>
#include <vector>

#include "graph/stages.hpp"

namespace cnnctl {

/// Offsets in the arena, in bytes. By value or by operation, as named.
struct MemoryPlan {
  // By value. Offsets of what is local count from a worker's local memory. `recomputed`: where a value stands when it
  // is computed a second time. Gradients of values that need none are not placed.
  std::vector<std::size_t> value, recomputed, gradient;
  // By operation.
  std::vector<std::size_t> saved, prepared, prepared_backward, sums, scratch, scratch_backward, parameter_scratch,
      parameter_gradients;
  std::size_t locals = 0, local_bytes = 0;  // where the local memory of worker 0 begins, and the bytes of one
  std::size_t prepare_scratch = 0, worker_scratch = 0, worker_bytes = 0;
  std::size_t total = 0;
};

struct MemoryOptions {
  Mode mode;
  std::int64_t batch, part;
  int workers;
  bool keep_all;                                 // every value lives to the end
  std::vector<std::size_t> parameter_gradients;  // bytes by operation, as far as they have their place in the arena
};

MemoryPlan plan_memory(const Operations& operations, const Stages& stages,
                       const std::vector<std::vector<GradientSlot>>& slots, const MemoryOptions& options);

}  // namespace cnnctl
