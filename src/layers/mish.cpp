// layers/mish.cpp - y = x * tanh(softplus(x)). Misra, BMVC 2020.
#include "layers/curve_layer.hpp"

namespace cnnctl {
namespace {

class Mish final : public CurveLayer {
 protected:
  kernels::Curve curve() const override { return {kernels::Curve::Type::mish}; }
};

}  // namespace

extern constinit const Kind<Layer> kMish =
    kind_of<Layer, Mish>("mish",
                         "x * tanh(log(1 + e^x)), smooth and not monotonic.\n"
                         "y = x * tanh(softplus(x))\n"
                         "Misra, \"Mish: a self regularized non-monotonic activation function\", BMVC 2020",
                         "");

}  // namespace cnnctl
