// All that is decided before a program runs: its operations, their order, and where every byte stands. Takes no memory
// of the program's own: a forecast reads its bytes, and a program is made of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/memory_plan.hpp"
#include "graph/operations.hpp"
#include "graph/stages.hpp"

namespace cnnctl {

struct ProgramOptions {
  Mode mode = Mode::train;
  std::int64_t batch = 1;  // most samples in one run
  bool fuse = true;
  bool winograd = true;
  bool keep_gradients = true;  // train mode: those of all parameters are wanted at once
  bool by_value = false;  // train mode: who receives gradients takes any part of a parameter's (Optimizer::by_value)
  bool keep_all = false;  // infer mode: keep every layer's output (value()), as debugging and feature maps need
  // Train mode: positions of the outputs that the loss gives a gradient; none: all of them. What serves others alone
  // has no backward pass.
  std::vector<std::size_t> gradients = {};
};

/// What one operation of a program is, for tables and benchmarks.
struct OperationInfo {
  std::string name;                 // of the first layer in it: "conv1"
  std::vector<std::string> layers;  // types of the layers it runs: {"conv2d", "relu"}
  std::string algorithm;            // as in Plan
  Shape output;
  std::int64_t macs = 0;           // multiply-adds of one sample's forward pass, as in Plan
  std::int64_t backward_macs = 0;  // of its backward pass: as many for each gradient, of the weights and of the input
};

struct ProgramPlan {
  ProgramOptions options;
  int workers = 1;
  Operations operations;
  std::int64_t part = 1;                         // samples that run through a chain together
  std::vector<std::vector<GradientSlot>> slots;  // by operation and input
  Stages stages;
  std::vector<std::int64_t> gradient_rows;  // by operation: of the first parameter's gradient in one piece; 0: all
  MemoryPlan memory;
  std::vector<OperationInfo> info;  // by operation

  /// Of activations, gradients of activations, scratch and prepared parameters: the arena, and before it a line that
  /// says which program used it last.
  std::size_t bytes() const { return kAlignment + memory.total; }
  /// Gradients of parameters live in the arena.
  bool hands_over() const { return options.mode == Mode::train && !options.keep_gradients; }
};

/// Throws ConfigError at the layer that cannot train with so many samples. What is frozen in the network must stay so
/// for as long as the plan serves.
ProgramPlan plan_program(const Network& network, int workers, const ProgramOptions& options);

/// Where the trainable parameters of an operation, which stand side by side, begin and end in the flat arrays; nowhere
/// if none of them has a gradient.
FlatRange flat_range(const Network& network, const Operation& op);

}  // namespace cnnctl
