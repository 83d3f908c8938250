// A planned network with its memory: run forward and back.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "graph/program_plan.hpp"
#include "tensor/flat.hpp"

namespace cnnctl {

/// Seconds of wall time that an operation took since Program::measure. Operations that run side by side in a chain
/// share the chain's time as they share the workers'.
struct OperationTime {
  double forward = 0, backward = 0;
};

class Program {
 public:
  /// Throws MemoryError. The plan was made for this network and this many workers, both of which must outlive the
  /// program.
  Program(ProgramPlan plan, Network& network, const Workers& workers);
  /// The same in memory of the caller, at least ProgramPlan::bytes(). Between a forward pass with what belongs to it
  /// and the next the memory may serve another program, and nothing else: nothing but the data of `input()` is expected
  /// in it.
  Program(ProgramPlan plan, Network& network, const Workers& workers, Buffer& memory);
  /// Plans and makes; throws ShapeError, too.
  Program(Network& network, const Workers& workers, const ProgramOptions& options);
  ~Program();

  /// The names of the network's inputs, in its order.
  std::span<const ModelInput> inputs() const;
  /// Room for the next batch of an input of the network, by position, (batch, H, W, C).
  View input(std::size_t i = 0);

  /// Must be called after the parameters changed, before `forward`; in training only for those that are not trained.
  void refresh();

  /// Runs the first n samples of the inputs. The first output is returned; all are valid until the next run. `seed` and
  /// `step` key dropout.
  ConstView forward(std::int64_t n, std::uint64_t seed = 0, std::int64_t step = 0);
  /// After `forward`: the outputs of the network, in its order.
  std::span<const ConstView> outputs() const;

  /// After `forward` in train mode: room for d(loss)/d(output i), (n, F), to be filled by the loss; null for an output
  /// without gradient (ProgramOptions::gradients). For every other one ...
  real* output_gradient(std::size_t i = 0);
  /// ... and the way back. Hands over the gradients of all parameters, in Network::flat_gradients(); or without
  /// `keep_gradients` those of one operation after the other, each as soon as they are final, for their memory serves
  /// others afterwards; with `by_value` large ones in pieces. What receives them may change the parameters that they
  /// belong to. Gradients of parameters that are not trained are zero where they stand beside others.
  void backward(FunctionRef<void(const Gradients& gradients)> receive);

  /// Output of a layer by name (keep_all, or an output of the network).
  ConstView value(const std::string& layer) const;

  std::span<const OperationInfo> operations() const;
  /// From now on the time of each operation is taken, summed over all runs.
  void measure();
  std::span<const OperationTime> times() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnnctl
