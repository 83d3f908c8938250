// Cutting a piece out of a plane that may reach beyond it. Knows what stands there; knows no chance.
#pragma once

#include "data/transform.hpp"

namespace cnnctl {

/// Where positions from outside of a picture take their values.
enum class Border {
  constant,   // Outside says
  edge,       // the nearest pixel
  reflect,    // mirrored at the outermost pixel: 3 2 1 2 3
  symmetric,  // mirrored at the edge: 2 1 1 2 3
};
template <>
struct Words<Border> {
  static constexpr std::pair<std::string_view, Border> list[] = {{"constant", Border::constant},
                                                                 {"edge", Border::edge},
                                                                 {"reflect", Border::reflect},
                                                                 {"symmetric", Border::symmetric}};
};

/// The position in [0, size) that stands for `at`, for borders other than constant. Mirrors as often as it takes.
std::int64_t mirrored(std::int64_t at, std::int64_t size, Border border);

/// Writes `count` pixels from outside of a plane; of class numbers 0.
void fill_outside(const Plane& plane, Outside fill, std::int64_t count, float* to);

/// Makes the plane the piece of this size whose upper left corner stands at (top, left) of it.
void cut(Plane& plane, const PlaneSize& piece, std::int64_t top, std::int64_t left, Outside fill, Border border);

}  // namespace cnnctl
