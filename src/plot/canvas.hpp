// Strokes on a picture, with smooth edges. Knows points and colours; knows no chart.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "picture/picture.hpp"

namespace cnnctl::plot {

/// In pixels, from the upper left corner.
struct Point {
  double x = 0, y = 0;
};

struct Colour {
  std::uint8_t red, green, blue;
};

enum class Anchor { left, centre, right };

class Canvas {
 public:
  /// White.
  Canvas(std::int64_t width, std::int64_t height);

  /// A line through the points with round ends; what lies beyond the edges is cut off.
  void stroke(std::span<const Point> points, double width, Colour colour);
  void line(Point from, Point to, double width, Colour colour);
  /// Letters of `size` pixels' height on a baseline through `at`; `upright` writes from bottom to top.
  void text(std::string_view words, Point at, double size, Colour colour, Anchor anchor, bool upright = false);

  Picture take() { return std::move(picture_); }

 private:
  /// Lets all of it be touched once only, wherever strokes meet.
  void cover(std::span<const std::vector<Point>> strokes, double width, Colour colour);

  Picture picture_;
};

}  // namespace cnnctl::plot
