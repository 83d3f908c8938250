// layers/celu.cpp - y = x above zero, alpha (e^(x / alpha) - 1) below. Barron, 2017.
#include "layers/curve_layer.hpp"

namespace cnnctl {
namespace {

class Celu final : public CurveLayer {
 public:
  void fields(Fields& f) override {
    f.shorthand("alpha");
    f.optional("alpha", alpha_, "minus the limit for very negative values", Limits{.low = 1e-6, .high = 1e6});
  }

 protected:
  kernels::Curve curve() const override { return {kernels::Curve::Type::celu, static_cast<real>(alpha_)}; }

 private:
  double alpha_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kCelu =
    kind_of<Layer, Celu>("celu",
                         "ELU with a slope without a step for every alpha.\n"
                         "y = max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))\n"
                         "Barron, \"Continuously differentiable exponential linear units\", 2017",
                         "{alpha: 0.5}");

}  // namespace cnnctl
