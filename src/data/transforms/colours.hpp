// What is done to the colours of a picture at a stated strength, as torchvision's functional.adjust_* and their kin, on
// numbers that are not rounded in between. Knows pixels; knows no chance.
#pragma once

#include "data/transform.hpp"

namespace cnnctl {

// A factor of 1 changes nothing. Pictures of one channel have no saturation and no hue.
void adjust_brightness(Plane& picture, double factor);
void adjust_contrast(Plane& picture, double factor);
void adjust_saturation(Plane& picture, double factor);
/// Turns the hue by this share of the circle, within [-0.5, 0.5].
void adjust_hue(Plane& picture, double turn);
/// white * (x / white)^gamma
void adjust_gamma(Plane& picture, double gamma);
/// 0 blurs, more than 1 sharpens; the outermost pixels stay.
void adjust_sharpness(Plane& picture, double factor);

void invert(Plane& picture);
/// Keeps the upper bits of the 8 that a pixel has.
void posterize(Plane& picture, std::int64_t bits);
/// Inverts what is at least `threshold`, in 0..255.
void solarize(Plane& picture, double threshold);
/// Spreads each channel over all that is possible.
void autocontrast(Plane& picture);
/// Gives each channel a level histogram, in 256 steps.
void equalize(Plane& picture);

}  // namespace cnnctl
