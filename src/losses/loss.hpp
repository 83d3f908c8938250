// The contract of a loss: from the network's raw outputs and the targets to one number and a gradient.
#pragma once

#include <cstdint>
#include <span>

#include "base/workers.hpp"
#include "config/fields.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {

/// What a batch should have been: class numbers, or one row of values per sample (soft targets, regression).
struct Targets {
  std::span<const std::int32_t> labels;  // (N), each in [0, F); empty if `values` are given
  const real* values = nullptr;          // (N, F)
};

class Loss {
 public:
  virtual ~Loss() = default;
  virtual void fields(Fields& f) = 0;

  /// Throws ShapeError if outputs of this shape cannot be used with `classes` classes (0: regression).
  virtual void check(const Shape& output, std::int64_t classes) const = 0;

  /// Writes each sample's loss to per_sample (N), and, if `gradient` is not null, d(mean over the batch)/d(output) to
  /// it, (N, F). The result is the mean over the batch, summed in double in sample order; it does not depend on the
  /// number of workers. Weighted losses divide by the sum of weights, as PyTorch does. NaN and infinity among the
  /// outputs come through to the result.
  virtual double evaluate(const Workers& workers, ConstView output, const Targets& targets,
                          std::span<double> per_sample, real* gradient) const = 0;

  /// How much a batch of n samples counts when means over batches are averaged: n, or the sum of weights that
  /// `evaluate` divides by. Then the mean over a whole set does not depend on how it was cut into batches.
  virtual double batch_weight(const Targets& targets, std::int64_t n) const {
    (void)targets;
    return static_cast<double>(n);
  }
};

const Catalog<Loss>& losses();

}  // namespace cnnctl
