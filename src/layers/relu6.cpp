// layers/relu6.cpp - y = x within [0, 6]. Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10, 2010.
#include "layers/curve_layer.hpp"

namespace cnnctl {
namespace {

class Relu6 final : public CurveLayer {
 protected:
  kernels::Curve curve() const override { return {kernels::Curve::Type::clamp, 0, 6}; }
};

}  // namespace

extern constinit const Kind<Layer> kRelu6 =
    kind_of<Layer, Relu6>("relu6",
                          "Keeps values between 0 and 6, cuts off the others.\n"
                          "y = min(max(x, 0), 6)\n"
                          "Krizhevsky, \"Convolutional deep belief networks on CIFAR-10\", 2010",
                          "");

}  // namespace cnnctl
