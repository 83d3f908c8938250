// layers/hard_swish.cpp - y = x * hard_sigmoid(x). Howard and others, ICCV 2019.
#include "layers/curve_layer.hpp"

namespace cnnctl {
namespace {

class HardSwish final : public CurveLayer {
 protected:
  kernels::Curve curve() const override { return {kernels::Curve::Type::hard_swish}; }
};

}  // namespace

extern constinit const Kind<Layer> kHardSwish =
    kind_of<Layer, HardSwish>("hard_swish",
                              "x times a line between 0 and 1: SiLU without an exponential.\n"
                              "y = x * min(max(x + 3, 0), 6) / 6\n"
                              "Howard et al., \"Searching for MobileNetV3\", ICCV 2019",
                              "");

}  // namespace cnnctl
