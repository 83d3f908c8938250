// layers/tanh.cpp - y = tanh(x).
#include "layers/activation_layer.hpp"

namespace cnnctl {
namespace {

class Tanh final : public ActivationLayer {
 public:
  void fields(Fields&) override {}

 protected:
  kernels::Activation activation() const override { return {kernels::Activation::Type::tanh}; }
};

}  // namespace

extern constinit const Kind<Layer> kTanh = kind_of<Layer, Tanh>("tanh",
                                                                "Hyperbolic tangent, between -1 and 1.\n"
                                                                "y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))",
                                                                "");

}  // namespace cnnctl
