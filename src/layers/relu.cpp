// layers/relu.cpp - y = max(x, 0).
#include "layers/activation_layer.hpp"

namespace cnnctl {
namespace {

class Relu final : public ActivationLayer {
 public:
  void fields(Fields&) override {}

 protected:
  kernels::Activation activation() const override { return {kernels::Activation::Type::relu}; }
};

}  // namespace

extern constinit const Kind<Layer> kRelu =
    kind_of<Layer, Relu>("relu",
                         "Keeps positive values, zero for the others.\n"
                         "y = max(x, 0)\n"
                         "Nair, Hinton, \"Rectified linear units improve restricted Boltzmann machines\", ICML 2010",
                         "");

}  // namespace cnnctl
