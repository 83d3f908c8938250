// layers/softplus.cpp - y = log(1 + e^(beta x)) / beta.
#include "layers/curve_layer.hpp"

namespace cnnctl {
namespace {

class Softplus final : public CurveLayer {
 public:
  void fields(Fields& f) override {
    f.optional("beta", beta_, "how sharp the bend is", Limits{.low = 1e-6, .high = 1e6});
    f.optional("threshold", threshold_, "above this value of beta x the output is x", between(-1e6, 1e6));
  }

 protected:
  kernels::Curve curve() const override {
    return {kernels::Curve::Type::softplus, static_cast<real>(beta_), static_cast<real>(threshold_)};
  }

 private:
  double beta_ = 1, threshold_ = 20;
};

}  // namespace

extern constinit const Kind<Layer> kSoftplus =
    kind_of<Layer, Softplus>("softplus",
                             "A smooth form of ReLU.\n"
                             "y = log(1 + exp(beta * x)) / beta; x where beta * x > threshold\n"
                             "Dugas et al., \"Incorporating second-order functional knowledge\", NIPS 2001",
                             "{beta: 2}");

}  // namespace cnnctl
