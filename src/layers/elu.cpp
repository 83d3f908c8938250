// layers/elu.cpp - y = x above zero, alpha * (e^x - 1) below. Clevert, Unterthiner and Hochreiter, ICLR 2016.
#include "layers/activation_layer.hpp"

namespace cnnctl {
namespace {

class Elu final : public ActivationLayer {
 public:
  void fields(Fields& f) override {
    f.shorthand("alpha");
    f.optional("alpha", alpha_, "minus the limit for very negative values", positive());
  }

 protected:
  kernels::Activation activation() const override {
    return {kernels::Activation::Type::elu, static_cast<real>(alpha_)};
  }

 private:
  double alpha_ = 1.0;
};

}  // namespace

extern constinit const Kind<Layer> kElu =
    kind_of<Layer, Elu>("elu",
                        "Keeps positive values, bends the others smoothly towards -alpha.\n"
                        "y = x for x > 0, else alpha * (exp(x) - 1)\n"
                        "Clevert, Unterthiner, Hochreiter, \"Fast and accurate deep network learning by exponential "
                        "linear units\", ICLR 2016",
                        "{alpha: 0.5}");

}  // namespace cnnctl
