// layers/hard_sigmoid.cpp - y = (x within [-3, 3] + 3) / 6, after MobileNetV3. Howard and others, ICCV 2019.
#include "layers/curve_layer.hpp"

namespace cnnctl {
namespace {

class HardSigmoid final : public CurveLayer {
 protected:
  kernels::Curve curve() const override { return {kernels::Curve::Type::hard_sigmoid}; }
};

}  // namespace

extern constinit const Kind<Layer> kHardSigmoid =
    kind_of<Layer, HardSigmoid>("hard_sigmoid",
                                "A line between 0 and 1 in place of the sigmoid.\n"
                                "y = min(max(x + 3, 0), 6) / 6\n"
                                "Courbariaux, Bengio, David, \"BinaryConnect\", NeurIPS 2015",
                                "");

}  // namespace cnnctl
