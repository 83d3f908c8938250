// What outputs should have been, as losses and metrics take it. Knows neither where targets come from nor what is made
// of them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tensor/tensor.hpp"

namespace cnnctl {

/// What is known of a target before the first sample is read.
struct TargetSpec {
  std::int64_t classes = 0;  // how many classes there are; 0: the target is values
  Shape shape;               // of a sample's values; or of the positions that have a class each, {} for one a sample

  bool of_classes() const { return classes > 0; }
  bool operator==(const TargetSpec&) const = default;
};

/// The targets of a batch of n samples: classes or values. Channels come last in memory, as in every batch.
struct Target {
  std::span<const std::int32_t> classes;  // (n, positions), each in [0, TargetSpec::classes); empty: values are given
  ConstView values;                       // (n, shape): vectors, images, distributions over the channels
  ConstView weight;                       // (n) or (n, positions), each at least 0; without data every sample counts 1
  // Of mixed samples: a second class for each of `classes`, and the share of the first one, at least a half. Then
  // something else is expected than one class: a distribution over two of them.
  std::span<const std::int32_t> others = {};
  double share = 1;

  bool of_classes() const { return values.data == nullptr; }
  /// Whether exactly one class is expected of each position.
  bool is_hard() const { return of_classes() && others.empty(); }
  /// How much position `row` % positions of sample `row` / positions counts.
  double weight_of(std::int64_t row, std::int64_t positions) const {
    if (weight.data == nullptr) return 1;
    return static_cast<double>(weight.data[weight.shape.count() == 1 ? row / positions : row]);
  }
};

/// Whoever gives targets by name: a batch of the data, another network's outputs.
class Targets {
 public:
  virtual ~Targets() = default;
  /// The target `name` of the running batch; a name that the objective was planned with.
  virtual Target target(std::string_view name) const = 0;
};

}  // namespace cnnctl
