// A batch norm with fixed statistics folded into the convolution before it: one affine map after another is one. Knows
// the arrays of both; knows no algorithm.
#pragma once

#include <span>

#include "kernels/conv/geometry.hpp"
#include "layers/layer.hpp"

namespace cnnctl {

class BatchNormFold {
 public:
  /// `norm` is foldable; its parameters stand behind `own` ones of the convolution.
  BatchNormFold(const Fused& norm, std::size_t own);

  /// weights (as those of `parameters`) and bias (K) of the convolution with the batch norm behind it. `own_bias` (K),
  /// or null for none. `scale` (K) is scratch.
  void run(const Workers& workers, const kernels::ConvGeometry& g, std::span<real* const> parameters,
           const real* own_bias, real* scale, real* weights, real* bias) const;

 private:
  double eps_;
  std::size_t weight_, bias_, mean_, var_;  // positions among the parameters
};

}  // namespace cnnctl
