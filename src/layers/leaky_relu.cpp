// layers/leaky_relu.cpp - y = x above zero, negative_slope * x below.
#include "layers/activation_layer.hpp"

namespace cnnctl {
namespace {

class LeakyRelu final : public ActivationLayer {
 public:
  void fields(Fields& f) override {
    f.shorthand("negative_slope");
    f.optional("negative_slope", negative_slope_, "factor of negative values", at_least(0));
  }

 protected:
  kernels::Activation activation() const override {
    return {kernels::Activation::Type::leaky_relu, static_cast<real>(negative_slope_)};
  }

 private:
  double negative_slope_ = 0.01;
};

}  // namespace

extern constinit const Kind<Layer> kLeakyRelu = kind_of<Layer, LeakyRelu>(
    "leaky_relu",
    "Keeps positive values, scales the others down.\n"
    "y = x for x > 0, else negative_slope * x\n"
    "Maas, Hannun, Ng, \"Rectifier nonlinearities improve neural network acoustic models\", ICML 2013",
    "{negative_slope: 0.1}");

}  // namespace cnnctl
