// Pixels that come from somewhere between others. Knows where each comes from; knows no chance.
#pragma once

#include "base/workers.hpp"
#include "data/transform.hpp"

namespace cnnctl {

/// How a pixel between others is found. Class numbers take the nearest, whatever is said.
enum class Interpolation { nearest, bilinear };
template <>
struct Words<Interpolation> {
  static constexpr std::pair<std::string_view, Interpolation> list[] = {{"nearest", Interpolation::nearest},
                                                                        {"bilinear", Interpolation::bilinear}};
};

/// Where pixels come from that are not where they were: what transforms that move them have in common.
struct Resampling {
  Interpolation interpolation = Interpolation::bilinear;
  Outside fill = Outside::black;

  void settings(Fields& f);
};

/// Writes to x and y which position of the old picture each of `count` pixels of the new one takes, from (row, column)
/// on to the right. What is no number lies outside.
using InverseMap = FunctionRef<void(std::int64_t row, std::int64_t column, std::int64_t count, float* x, float* y)>;

/// Gives each plane, which keeps its size, new pixels; what lies outside is `how.fill`, also as a neighbour.
void resample(std::span<Plane> planes, const Resampling& how, InverseMap from);

/// Where a position, relative to the centre, comes from: (a x + b y + c, d x + e y + f).
struct Affine {
  double a = 1, b = 0, c = 0, d = 0, e = 1, f = 0;
};
/// The inverse of: lean (tangents of angles), scale, turn clockwise (radians), then shift (pixels). As torchvision.
Affine inverse_affine(double angle, double shift_x, double shift_y, double scale, double shear_x, double shear_y);
void resample(std::span<Plane> planes, const Resampling& how, const Affine& from);

/// Scales the part of a plane at (top, left) to another size: a triangle filter, widened when shrinking, as Pillow's
/// and as torchvision's with antialias; or the nearest pixels.
void resize_part(Plane& plane, std::int64_t top, std::int64_t left, const PlaneSize& part, const PlaneSize& size,
                 Interpolation interpolation);

}  // namespace cnnctl
