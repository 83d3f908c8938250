#include "plot/canvas.hpp"

#include <algorithm>
#include <cmath>

#include "plot/font.hpp"

namespace cnnctl::plot {
namespace {

double distance(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  const double along = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0;
  return std::hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

/// The pixels from `low` to `high`, widened by `room` and kept in [0, size).
std::pair<std::int64_t, std::int64_t> pixels(double low, double high, double room, std::int64_t size) {
  const auto limit = static_cast<double>(size);
  return {static_cast<std::int64_t>(std::clamp(std::floor(low - room), 0.0, limit)),
          static_cast<std::int64_t>(std::clamp(std::ceil(high + room), 0.0, limit))};
}

}  // namespace

Canvas::Canvas(std::int64_t width, std::int64_t height) : picture_{height, width, 3, {}} {
  picture_.pixels.assign(static_cast<std::size_t>(width * height * 3), 255);
}

void Canvas::cover(std::span<const std::vector<Point>> strokes, double width, Colour colour) {
  std::vector<float> covered(static_cast<std::size_t>(picture_.width * picture_.height));  // share of each pixel
  const double half = width / 2;
  for (const std::vector<Point>& points : strokes)
    for (std::size_t i = 0; i < points.size(); ++i) {
      const Point a = points[i == 0 ? 0 : i - 1], b = points[i];
      const auto [left, right] = pixels(std::min(a.x, b.x), std::max(a.x, b.x), half + 1, picture_.width);
      const auto [top, bottom] = pixels(std::min(a.y, b.y), std::max(a.y, b.y), half + 1, picture_.height);
      for (std::int64_t y = top; y < bottom; ++y)
        for (std::int64_t x = left; x < right; ++x) {
          const Point centre{static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5};
          float& share = covered[static_cast<std::size_t>(y * picture_.width + x)];
          share = std::max(share, static_cast<float>(std::clamp(half + 0.5 - distance(centre, a, b), 0.0, 1.0)));
        }
    }
  const std::uint8_t ink[] = {colour.red, colour.green, colour.blue};
  for (std::size_t i = 0; i < covered.size(); ++i) {
    if (covered[i] == 0) continue;
    for (std::size_t c = 0; c < 3; ++c) {
      std::uint8_t& pixel = picture_.pixels[i * 3 + c];
      const float mixed = static_cast<float>(pixel) * (1 - covered[i]) + static_cast<float>(ink[c]) * covered[i];
      pixel = static_cast<std::uint8_t>(std::lround(mixed));
    }
  }
}

void Canvas::stroke(std::span<const Point> points, double width, Colour colour) {
  const std::vector<Point> all(points.begin(), points.end());
  cover({&all, 1}, width, colour);
}

void Canvas::line(Point from, Point to, double width, Colour colour) {
  const Point points[] = {from, to};
  stroke(points, width, colour);
}

void Canvas::text(std::string_view words, Point at, double size, Colour colour, Anchor anchor, bool upright) {
  const double length = width_of(words) * size;
  const double shift = anchor == Anchor::left ? 0 : anchor == Anchor::centre ? -length / 2 : -length;
  std::vector<std::vector<Point>> strokes = letters(words);
  for (std::vector<Point>& stroke : strokes)
    for (Point& p : stroke) {
      const double along = shift + p.x * size, up = p.y * size;
      p = upright ? Point{at.x - up, at.y - along} : Point{at.x + along, at.y - up};
    }
  cover(strokes, size / 9, colour);
}

}  // namespace cnnctl::plot
