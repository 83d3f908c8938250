// layers/sigmoid.cpp - y = 1 / (1 + e^-x).
#include "layers/activation_layer.hpp"

namespace cnnctl {
namespace {

class Sigmoid final : public ActivationLayer {
 public:
  void fields(Fields&) override {}

 protected:
  kernels::Activation activation() const override { return {kernels::Activation::Type::sigmoid}; }
};

}  // namespace

extern constinit const Kind<Layer> kSigmoid = kind_of<Layer, Sigmoid>("sigmoid",
                                                                      "1 / (1 + e^-x), between 0 and 1.\n"
                                                                      "y = 1 / (1 + exp(-x))",
                                                                      "");

}  // namespace cnnctl
