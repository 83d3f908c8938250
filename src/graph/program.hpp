// A network planned for one purpose: fused, ordered, every byte placed in one arena; then run.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/network.hpp"

namespace cnnctl {

struct ProgramOptions {
  Mode mode = Mode::train;
  std::int64_t batch = 1;  // most samples in one run
  bool fuse = true;
  bool winograd = true;
  bool keep_gradients = true;  // train mode: those of all parameters are wanted at once
  bool keep_all = false;       // infer mode: keep every layer's output (value()), as debugging and feature maps need
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

/// Seconds of wall time that an operation took since Program::measure. Operations that run side by side in a chain
/// share the chain's time as they share the workers'.
struct OperationTime {
  double forward = 0, backward = 0;
};

class Program {
 public:
  /// Plans; throws ShapeError or MemoryError. `network` and `workers` must outlive the program.
  Program(Network& network, const Workers& workers, ProgramOptions options);
  /// The same in memory of the caller, at least arena_bytes(). Between a forward pass with what belongs to it and the
  /// next, or the next `refresh` in inference, the memory may serve another program: nothing but the data of `input()`
  /// and what `refresh` prepares is expected in it.
  Program(Network& network, const Workers& workers, ProgramOptions options, Buffer& memory);
  ~Program();

  /// Room for the next batch, (batch, H, W, C).
  View input();

  /// Must be called after the parameters changed outside of this program, before `forward`.
  void refresh();

  /// Runs the first n samples of `input()`. The result is valid until the next run. `seed` and `step` key dropout.
  ConstView forward(std::int64_t n, std::uint64_t seed = 0, std::int64_t step = 0);

  /// After `forward` in train mode: room for d(loss)/d(output), (n, F), to be filled by the loss ...
  real* output_gradient();
  /// ... and the way back. Hands over the gradients of all parameters, in Network::flat_gradients(); or without
  /// `keep_gradients` those of one operation after the other, each as soon as they are final, for their memory serves
  /// others afterwards. What receives them may change the parameters that they belong to.
  void backward(FunctionRef<void(const Gradients& gradients)> receive);

  /// Output of a layer by name (keep_all, or the last layer).
  ConstView value(const std::string& layer) const;

  std::span<const OperationInfo> operations() const;
  /// From now on the time of each operation is taken, summed over all runs.
  void measure();
  std::span<const OperationTime> times() const;

  /// Bytes of activations, gradients of activations, scratch and prepared parameters: the arena.
  std::size_t arena_bytes() const;
  /// The same before a byte of it is taken.
  static std::size_t arena_bytes(const Network& network, const Workers& workers, const ProgramOptions& options);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnnctl
