// layers/silu.cpp - y = x * sigmoid(x). Elfwing, Uchibe and Doya, 2017; also called swish.
#include "layers/curve_layer.hpp"

namespace cnnctl {
namespace {

class Silu final : public CurveLayer {
 protected:
  kernels::Curve curve() const override { return {kernels::Curve::Type::silu}; }
};

}  // namespace

extern constinit const Kind<Layer> kSilu =
    kind_of<Layer, Silu>("silu",
                         "x * sigmoid(x), smooth and not monotonic.\n"
                         "y = x * sigmoid(x)\n"
                         "Elfwing, Uchibe, Doya, \"Sigmoid-weighted linear units\", 2017",
                         "");

}  // namespace cnnctl
