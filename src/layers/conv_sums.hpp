// The gradients of a convolution's weights and bias, as the sums that Summing speaks of: from the whole batch at once,
// or joined from sums over parts, as the method has it. Knows two arrays of parameters; knows no algorithm.
#pragma once

#include "layers/conv_method.hpp"

namespace cnnctl {

class ConvSums {
 public:
  /// Of `results` positions in a batch, with `channels` values of bias each. States the bytes of sums and of scratch
  /// beside those of the method, which is planned already.
  void plan(const ConvMethod& method, std::int64_t channels, bool bias, std::int64_t results, Plan& plan);

  // `b` is what the method is given; `dy` the gradient of the layer's output, from which that of the bias follows.
  void whole(const ConvMethod& method, const Backward& b, const ConstView& dy) const;
  void add(const ConvMethod& method, const Backward& b, const ConstView& dy, const ParameterSums& sums) const;
  void join(const ConvMethod& method, const Backward& b, const ParameterSums& sums) const;

 private:
  // The weights' sums, one behind the other, then the biases'.
  static real* weight_sums(const ParameterSums& sums) { return reinterpret_cast<real*>(sums.memory); }
  real* bias_sums(const ConvMethod& method, const ParameterSums& sums) const {
    return weight_sums(sums) + sums.count * method.sum_values();
  }
  void add_bias(const ConvMethod& method, const Backward& b, const ConstView& dy, const ParameterSums& sums,
                real* scratch) const;

  static bool wants_weights(const Backward& b) { return b.parameter_gradients[0] != nullptr; }
  bool wants_bias(const Backward& b) const { return bias_ && b.parameter_gradients[1] != nullptr; }

  std::int64_t channels_ = 1;
  bool bias_ = true;
};

}  // namespace cnnctl
