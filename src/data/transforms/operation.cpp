#include "data/transforms/operation.hpp"

#include <cmath>
#include <numbers>

#include "data/transforms/colours.hpp"

namespace cnnctl {
namespace {

/// What one picture's operation on colours does; false: it is none.
bool recolour(Plane& picture, Operation operation, double strength) {
  switch (operation) {
    case Operation::brightness:
      adjust_brightness(picture, 1 + strength);
      return true;
    case Operation::color:
      adjust_saturation(picture, 1 + strength);
      return true;
    case Operation::contrast:
      adjust_contrast(picture, 1 + strength);
      return true;
    case Operation::sharpness:
      adjust_sharpness(picture, 1 + strength);
      return true;
    case Operation::posterize:
      posterize(picture, static_cast<std::int64_t>(std::abs(strength)));
      return true;
    case Operation::solarize:
      solarize(picture, std::abs(strength));
      return true;
    case Operation::autocontrast:
      autocontrast(picture);
      return true;
    case Operation::equalize:
      equalize(picture);
      return true;
    case Operation::invert:
      invert(picture);
      return true;
    default:
      return false;
  }
}

/// Of an operation on places. Shears keep the upper left corner, as torchvision's do here.
Affine affine_of(Operation operation, double strength, const PlaneSize& size) {
  switch (operation) {
    case Operation::shear_x:
      return {1, strength, 0.5 * strength * static_cast<double>(size.height), 0, 1, 0};
    case Operation::shear_y:
      return {1, 0, 0, strength, 1, 0.5 * strength * static_cast<double>(size.width)};
    case Operation::translate_x:
      return {1, 0, -std::trunc(strength), 0, 1, 0};
    case Operation::translate_y:
      return {1, 0, 0, 0, 1, -std::trunc(strength)};
    default:
      return inverse_affine(-strength * std::numbers::pi / 180, 0, 0, 1, 0, 0);
  }
}

}  // namespace

double strength_of(Operation operation, std::int64_t bin, std::int64_t bins, const PlaneSize& size, Reach reach) {
  const bool wide = reach == Reach::wide;
  const double share = static_cast<double>(bin) / static_cast<double>(bins - 1);
  switch (operation) {
    case Operation::shear_x:
    case Operation::shear_y:
      return share * (wide ? 0.99 : 0.3);
    case Operation::translate_x:
      return share * (wide ? 32 : 150.0 / 331 * static_cast<double>(size.width));
    case Operation::translate_y:
      return share * (wide ? 32 : 150.0 / 331 * static_cast<double>(size.height));
    case Operation::rotate:
      return share * (wide ? 135 : 30);
    case Operation::brightness:
    case Operation::color:
    case Operation::contrast:
    case Operation::sharpness:
      return share * (wide ? 0.99 : 0.9);
    case Operation::posterize:
      return 8 - std::nearbyint(share * (wide ? 6 : 4));
    case Operation::solarize:
      return 255 * (1 - share);
    default:
      return 0;
  }
}

void perform(std::span<Plane> planes, Operation operation, double strength, const Resampling& how) {
  if (operation == Operation::identity) return;
  bool recoloured = false;
  for (Plane& plane : planes)
    if (plane.white > 0) recoloured = recolour(plane, operation, strength);
  if (recoloured || strength == 0) return;
  resample(planes, how, affine_of(operation, strength, {planes[0].height, planes[0].width}));
}

}  // namespace cnnctl
