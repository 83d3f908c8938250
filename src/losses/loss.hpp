// The contract of a loss: from an output of the network and its target to one number and a gradient.
#pragma once

#include <span>

#include "base/workers.hpp"
#include "config/fields.hpp"
#include "losses/target.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {

/// Where a loss leaves its gradient, multiplied by `scale`; nowhere if `values` is null.
struct Slope {
  real* values = nullptr;  // (n, shape of the output)
  double scale = 1;
};

class Loss {
 public:
  virtual ~Loss() = default;
  virtual void fields(Fields& f) = 0;

  /// Throws ShapeError if outputs of this shape cannot be brought towards such targets. An output of several positions
  /// takes a class, or values for its channels, at each of them.
  virtual void check(const Shape& output, const TargetSpec& target) const = 0;

  /// The mean over the batch, of samples that passed `check`: the sum of per_sample divided by batch_weight(), or 0
  /// where that is 0. Writes what each sample adds to that sum to per_sample (n), and scale * d(mean)/d(output) to
  /// `slope`. The sum is taken in double, in the order of the samples; nothing depends on the number of workers. NaN
  /// and infinity among the outputs come through: the result is not finite, whatever the targets and weights are. Only
  /// -infinity may be a good output: where it stands for a probability of 0, and nothing was expected or its weight is
  /// 0.
  virtual double evaluate(const Workers& workers, ConstView output, const Target& target, std::span<double> per_sample,
                          Slope slope) const = 0;

  /// How much a batch counts when means over batches are averaged, so that the mean over a whole set does not depend on
  /// how it was cut into batches: n, or the sum of the samples' weights, a sample's being the mean of its positions'.
  virtual double batch_weight(ConstView output, const Target& target) const;
};

const Catalog<Loss>& losses();

}  // namespace cnnctl
