// layers/selu.cpp - y = s x above zero, s a (e^x - 1) below, with the s and a that keep mean 0 and variance 1.
// Klambauer, Unterthiner, Mayr and Hochreiter, Self-Normalizing Neural Networks, NIPS 2017.
#include "layers/curve_layer.hpp"

namespace cnnctl {
namespace {

class Selu final : public CurveLayer {
 protected:
  kernels::Curve curve() const override {
    return {kernels::Curve::Type::scaled_elu, real(1.0507009873554804934193349852946),
            real(1.6732632423543772848170429916717)};
  }
};

}  // namespace

extern constinit const Kind<Layer> kSelu =
    kind_of<Layer, Selu>("selu",
                         "ELU, scaled so that activations keep mean 0 and variance 1.\n"
                         "y = 1.0507 * (x for x > 0, else 1.67326 * (exp(x) - 1))\n"
                         "Klambauer et al., \"Self-normalizing neural networks\", NeurIPS 2017",
                         "");

}  // namespace cnnctl
