// layers/gelu.cpp - y = x Phi(x), Phi the normal distribution, or its approximation by tanh. Hendrycks and Gimpel,
// 2016.
#include "layers/curve_layer.hpp"

namespace cnnctl {

enum class GeluForm { none, tanh };
template <>
struct Words<GeluForm> {
  static constexpr std::pair<std::string_view, GeluForm> list[] = {{"none", GeluForm::none}, {"tanh", GeluForm::tanh}};
};

namespace {

class Gelu final : public CurveLayer {
 public:
  void fields(Fields& f) override {
    f.shorthand("approximate");
    f.optional("approximate", approximate_,
               "none: as it is defined; tanh: x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))");
  }

 protected:
  kernels::Curve curve() const override {
    using Type = kernels::Curve::Type;
    return {approximate_ == GeluForm::tanh ? Type::gelu_tanh : Type::gelu};
  }

 private:
  GeluForm approximate_ = GeluForm::none;
};

}  // namespace

extern constinit const Kind<Layer> kGelu = kind_of<Layer, Gelu>(
    "gelu",
    "x times the share of a normal distribution below x.\n"
    "y = x * Phi(x), Phi the normal distribution; tanh: x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))\n"
    "Hendrycks, Gimpel, \"Gaussian error linear units\", 2016",
    "{approximate: tanh}");

}  // namespace cnnctl
