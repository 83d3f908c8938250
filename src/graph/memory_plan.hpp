// Decides where every byte of a program stands: values, their gradients, what layers keep, scratch. Knows operations
// and their plans; computes nothing.
//
// Time runs over the forward pass, the loss, and the backward pass: operation i runs at time i and, backwards, at time
// 2n - i; the loss is at time n. A buffer lives from its first writer to its last reader.
#pragma once

#include <cstddef>
#include <vector>

#include "graph/operations.hpp"

namespace cnnctl {

/// One gradient slot of an operation's input.
struct GradientSlot {
  bool wanted = false;
  bool accumulate = false;  // another consumer has written it before, in the order of the backward pass
};

/// Offsets in the arena, in bytes. By value or by operation, as named.
struct MemoryPlan {
  std::vector<std::size_t> value, gradient;  // by value; gradients of values that need none are not placed
  std::vector<std::size_t> saved, prepared, prepared_backward;  // by operation
  std::size_t scratch = 0, worker_scratch = 0, worker_bytes = 0;
  std::size_t total = 0;
};

/// Which values need a gradient: those that depend on a trained parameter. By value.
std::vector<bool> needs_gradient(const Operations& operations, const Network& network);

/// For each operation, for each of its inputs.
std::vector<std::vector<GradientSlot>> gradient_slots(const Operations& operations, const std::vector<bool>& needed);

struct MemoryOptions {
  Mode mode;
  std::int64_t batch;
  int workers;
  bool keep_all;  // every value lives to the end
};

MemoryPlan plan_memory(const Operations& operations, const std::vector<bool>& needed,
                       const std::vector<std::vector<GradientSlot>>& slots, const MemoryOptions& options);

}  // namespace cnnctl
