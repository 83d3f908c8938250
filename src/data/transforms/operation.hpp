// The operations that the automatic augmentations choose from, with torchvision's meaning of their strength.
#pragma once

#include "data/transforms/resample.hpp"

namespace cnnctl {

enum class Operation {
  identity,
  shear_x,
  shear_y,
  translate_x,
  translate_y,
  rotate,
  brightness,
  color,
  contrast,
  sharpness,
  posterize,
  solarize,
  autocontrast,
  equalize,
  invert,  // of the learned policies alone
};
/// Those that random choices are from: all but invert.
constexpr std::int64_t kOperations = 14;

/// How far the strengths of an operation go.
enum class Reach {
  usual,
  wide,  // of TrivialAugment
};

/// Of step `bin` of `bins`, from none to the most: a tangent, pixels, degrees, what is added to a factor, bits, a
/// level.
double strength_of(Operation operation, std::int64_t bin, std::int64_t bins, const PlaneSize& size,
                   Reach reach = Reach::usual);

/// Places change of all planes, colours of the picture. Of a strength without direction the sign does not matter.
void perform(std::span<Plane> planes, Operation operation, double strength, const Resampling& how);

}  // namespace cnnctl
