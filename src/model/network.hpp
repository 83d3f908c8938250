// The network as mathematics: shapes, parameters and their memory, the same for training and inference.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/spec.hpp"
#include "tensor/flat.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {

/// A parameter with its full name ("conv1.weight") and its place.
struct NamedParameter {
  std::string name;
  Parameter parameter;
  real* values = nullptr;    // in memory order (Parameter::split/order)
  real* gradient = nullptr;  // in Network::flat_gradients(), once that was called; null for statistics
  bool trained = true;       // by the optimizer; a statistic: follows the batches
  double lr_scale = 1, decay_scale = 1;
};

/// One layer with its shapes.
struct LayerInfo {
  std::string name, type;
  std::vector<std::string> inputs;
  std::vector<Shape> input_shapes;
  Shape output;
  Reach reach;
  std::int64_t macs = 0;                // of one sample
  std::vector<std::size_t> parameters;  // positions in Network::parameters()
  std::int64_t parameter_count = 0;     // trainable numbers
};

/// Shapes checked, parameters placed: trainable values in one flat array, their gradients, where all are wanted at
/// once, in a second of the same layout, statistics in a third.
class Network {
 public:
  /// Whether the parameters' memory is taken at once, or when reserve() is called: plans and forecasts need none.
  enum class Memory { now, later };

  /// Throws ConfigError, at the place in the configuration, for shapes that do not fit, for more than 2^36 values and
  /// for parameter groups that match nothing; MemoryError.
  explicit Network(ModelSpec spec, Memory memory = Memory::now);
  /// Takes the memory of parameters and statistics, which are zero then. Throws MemoryError.
  void reserve();

  const ModelSpec& spec() const { return spec_; }
  std::span<const LayerInfo> layers() const { return layers_; }
  std::span<const NamedParameter> parameters() const { return parameters_; }
  std::span<const ModelInput> inputs() const { return spec_.inputs; }
  /// Positions in layers(), in the order of the specification.
  std::span<const std::size_t> outputs() const { return outputs_; }
  const LayerInfo& output_layer(std::size_t i) const { return layers_[outputs_[i]]; }
  /// Of the first, or only, input and output.
  const Shape& input() const { return spec_.inputs.front().shape; }
  const Shape& output() const { return layers_[outputs_.front()].output; }
  /// Numbers that an optimizer could train, and those of them that are frozen.
  std::int64_t trainable_count() const { return trainable_; }
  std::int64_t frozen_count() const;

  /// Whether a parameter changes while training, or stays as it is. Programs that are planned afterwards compute no
  /// gradient that only frozen parameters want, and a layer of which none is trained uses its statistics.
  void set_trained(std::size_t index, bool trained) { parameters_[index].trained = trained; }

  /// Draws the first value of every parameter.
  void initialise(std::uint64_t seed);

  /// The flat arrays of the optimizer; padding between parameters is zero and stays zero.
  std::int64_t flat_size() const { return flat_size_; }
  real* flat_values() { return values_.data(); }
  /// Taken by the first call.
  real* flat_gradients();
  /// Where a trainable parameter stands in the flat arrays, or a statistic in theirs, the padding behind it included.
  FlatRange flat_range(std::size_t index) const;
  /// The array of the statistics, laid out alike.
  std::int64_t statistics_size() const { return statistics_size_; }
  real* statistics() { return statistics_.data(); }
  /// The trainable parameters in the order of the flat arrays, with the factors of their groups. Without
  /// `decay_bias_and_norm` only weights decay.
  std::vector<Segment> segments(bool decay_bias_and_norm) const;

  /// Values of a parameter, or of an array with its layout, in the file's order: those from number `first` on.
  void export_range(std::size_t index, const real* values, std::int64_t first, std::span<real> file) const;
  /// Copies a parameter from or to the file's order. `file` holds Parameter::count() values.
  void import_values(std::size_t index, std::span<const real> file);
  /// Where the file's values may be read to as they are, for memory has their order; empty if it has another. `flat`:
  /// in an array of the optimizer; null for the parameter itself.
  std::span<real> place_of(std::size_t index, real* flat) const;
  std::vector<real> export_values(std::size_t index) const;
  /// The same for any array that is laid out as the one that the parameter stands in (optimizer state).
  void import_flat(std::size_t index, std::span<const real> file, real* flat) const;

  /// Hash (XXH3, 64 bits) of all parameters in memory order.
  std::uint64_t hash() const;
  /// Name of the first parameter with a NaN or an infinity, or empty.
  std::string first_nonfinite() const;

 private:
  void add(LayerInfo info, const Plan& plan);
  void find_outputs();
  /// PyTorch's order: a parameter of a module itself, one without a name of its own, stands before those of the layers
  /// in the module. Places all of them.
  void order_parameters();
  void group_parameters(Diagnostics& diagnostics);
  void refuse_statistics_alone(Diagnostics& diagnostics) const;

  ModelSpec spec_;
  std::vector<LayerInfo> layers_;
  std::vector<std::size_t> outputs_;
  std::vector<NamedParameter> parameters_;
  std::vector<std::int64_t> offsets_;  // of each parameter in its array
  std::int64_t trainable_ = 0, flat_size_ = 0, statistics_size_ = 0;
  Tensor values_, gradients_, statistics_;
};

}  // namespace cnnctl
