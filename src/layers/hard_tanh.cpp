// layers/hard_tanh.cpp - y = x within [min_val, max_val].
#include "layers/curve_layer.hpp"

namespace cnnctl {
namespace {

class HardTanh final : public CurveLayer {
 public:
  void fields(Fields& f) override {
    f.optional("min_val", min_val_, "least value", between(-1e30, 1e30));
    f.optional("max_val", max_val_, "largest value", between(-1e30, 1e30));
    f.check(min_val_ < max_val_, "max_val", "max_val must be above min_val");
  }

 protected:
  kernels::Curve curve() const override {
    return {kernels::Curve::Type::clamp, static_cast<real>(min_val_), static_cast<real>(max_val_)};
  }

 private:
  double min_val_ = -1, max_val_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kHardTanh =
    kind_of<Layer, HardTanh>("hard_tanh",
                             "Keeps values between two bounds, cuts off the others.\n"
                             "y = min(max(x, min_val), max_val)\n"
                             "Collobert, \"Large scale machine learning\", 2004",
                             "{min_val: -2, max_val: 2}");

}  // namespace cnnctl
