// Rectangles that are painted over. Knows with what; knows no chance but that of noise.
#pragma once

#include "data/transform.hpp"

namespace cnnctl {

enum class Paint {
  black,
  mean,   // of the data, which normalisation makes 0
  noise,  // each value anything between black and white
};
template <>
struct Words<Paint> {
  static constexpr std::pair<std::string_view, Paint> list[] = {
      {"black", Paint::black}, {"mean", Paint::mean}, {"noise", Paint::noise}};
};

struct Rectangle {
  std::int64_t top, left, height, width;
};

/// Paints over what of the rectangle lies within the picture.
void erase(Plane& picture, const Rectangle& where, Paint paint, Rng& rng);

}  // namespace cnnctl
