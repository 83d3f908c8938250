// layers/softsign.cpp - y = x / (1 + |x|).
#include "layers/curve_layer.hpp"

namespace cnnctl {
namespace {

class Softsign final : public CurveLayer {
 protected:
  kernels::Curve curve() const override { return {kernels::Curve::Type::softsign}; }
};

}  // namespace

extern constinit const Kind<Layer> kSoftsign =
    kind_of<Layer, Softsign>("softsign",
                             "x / (1 + |x|), between -1 and 1.\n"
                             "y = x / (1 + |x|)\n"
                             "Bergstra et al., \"Quadratic polynomials learn better image features\", 2009",
                             "");

}  // namespace cnnctl
