// How conv2d computes its products: by the algorithms that suit the geometry, or together with max pooling behind them.
// Knows weights and images; the bias and what is folded into the weights are conv2d's.
#pragma once

#include "kernels/conv/algorithm.hpp"
#include "layers/layer.hpp"

namespace cnnctl {

class ConvMethod {
 public:
  virtual ~ConvMethod() = default;

  /// Chooses for the geometry of a whole batch; states output, algorithm, `by_sample` and all bytes but those of
  /// prepare() and of sums.
  virtual void plan(const kernels::ConvGeometry& geometry, const Inputs& inputs, Plan& plan) = 0;

  /// Bytes of the form of the weights that `forward` reads; 0: the weights as they are, of which `prepare` makes a
  /// copy.
  virtual std::size_t prepared() const = 0;
  virtual void prepare(const Workers& workers, const real* weights, real* prepared) const = 0;
  virtual void forward(const Forward& f, const real* weights, const kernels::Epilogue& epilogue) const = 0;

  virtual void prepare_backward(const Prepare& p) const = 0;
  virtual void input_gradient(const Backward& b) const = 0;

  /// Values of one of the sums that the weights' gradient is joined from; 0: it is computed from the whole batch.
  virtual std::int64_t sum_values() const = 0;
  virtual void add_weights(const Backward& b, real* sum, real* scratch) const = 0;
  virtual void join_weights(const Backward& b, std::int64_t sums, real* all) const = 0;
  virtual void weight_gradient(const Backward& b) const = 0;

 protected:
  kernels::ConvGeometry geometry(std::int64_t n) const {
    kernels::ConvGeometry g = geometry_;
    g.n = n;
    return g;
  }
  static real* reals(std::byte* memory) { return reinterpret_cast<real*>(memory); }

  kernels::ConvGeometry geometry_;
};

}  // namespace cnnctl
