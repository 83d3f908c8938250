// draw_picture of chart.hpp.
#include <algorithm>
#include <cmath>

#include "plot/canvas.hpp"
#include "plot/font.hpp"
#include "plot/frame.hpp"

namespace cnnctl::plot {
namespace {

constexpr double kWidth = 1120, kHeightOfAll = 640;
constexpr double kTop = 78, kBottom = 86, kRight = 44, kLetters = 13, kTitle = 17;

constexpr Colour kInk{45, 52, 64}, kSoft{104, 112, 126}, kGrid{230, 233, 238}, kFineGrid{243, 245, 248};
constexpr Colour kLine{31, 103, 178}, kFaintLine{176, 205, 232}, kMark{214, 92, 24};

/// Where the axes stand.
struct Area {
  const Frame& frame;
  double left, right, top, bottom;

  double x(double value) const { return left + frame.x.share(value) * (right - left); }
  double y(double value) const { return bottom - frame.y.share(value) * (bottom - top); }
};

/// On the middle of a pixel, so that a line of one pixel is one.
double sharp(double value) { return std::floor(value) + 0.5; }

void draw_grid(Canvas& canvas, const Area& area) {
  for (const Tick& tick : area.frame.x.ticks()) {
    const double x = sharp(area.x(tick.value));
    canvas.line({x, area.top}, {x, area.bottom}, 1, tick.label.empty() ? kFineGrid : kGrid);
  }
  for (const Tick& tick : area.frame.y.ticks()) {
    const double y = sharp(area.y(tick.value));
    canvas.line({area.left, y}, {area.right, y}, 1, kGrid);
  }
}

void draw_axes(Canvas& canvas, const Area& area) {
  const double left = sharp(area.left), bottom = sharp(area.bottom);
  canvas.line({left, area.top}, {left, bottom}, 1, kSoft);
  canvas.line({left, bottom}, {area.right, bottom}, 1, kSoft);
  double free_from = 0;  // labels that would meet are left out
  for (const Tick& tick : area.frame.x.ticks()) {
    const double x = sharp(area.x(tick.value)), half = width_of(tick.label) * kLetters / 2;
    canvas.line({x, bottom}, {x, bottom + (tick.label.empty() ? 4 : 7)}, 1, kSoft);
    if (tick.label.empty() || x - half < free_from) continue;
    canvas.text(tick.label, {x, area.bottom + 26}, kLetters, kInk, Anchor::centre);
    free_from = x + half + kLetters;
  }
  for (const Tick& tick : area.frame.y.ticks()) {
    const double y = sharp(area.y(tick.value));
    canvas.line({left - 7, y}, {left, y}, 1, kSoft);
    canvas.text(tick.label, {area.left - 14, y + kLetters / 2}, kLetters, kInk, Anchor::right);
  }
}

void draw_line(Canvas& canvas, const Area& area, const std::vector<double>& x, const Line& line) {
  std::vector<Point> points;
  const auto flush = [&] {
    if (!points.empty()) canvas.stroke(points, line.faint ? 1.6 : 2.6, line.faint ? kFaintLine : kLine);
    points.clear();
  };
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isfinite(line.y[i]))
      points.push_back({area.x(x[i]), std::max(area.top, area.y(line.y[i]))});
    else
      flush();
  }
  flush();
}

void draw_mark(Canvas& canvas, const Area& area, const Mark& mark) {
  constexpr double kDash = 7;
  const double x = sharp(area.x(mark.x));
  for (double y = area.top; y < area.bottom; y += 2 * kDash)
    canvas.line({x, y}, {x, std::min(y + kDash, area.bottom)}, 1.6, kMark);
  const bool at_left = x > (area.left + area.right) / 2;
  canvas.text(mark.label, {x + (at_left ? -10 : 10), area.top + kLetters + 6}, kLetters, kMark,
              at_left ? Anchor::right : Anchor::left);
}

/// Names of lines, from the right end of the title's line.
void draw_legend(Canvas& canvas, const Area& area, const std::vector<Line>& lines) {
  constexpr double kSample = 28;
  double right = area.right;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (line->name.empty()) continue;
    canvas.text(line->name, {right, area.top - 26}, kLetters, kSoft, Anchor::right);
    right -= width_of(line->name) * kLetters + 10;
    const double y = area.top - 26 - kLetters / 2;
    canvas.line({right - kSample, y}, {right, y}, line->faint ? 1.6 : 2.6, line->faint ? kFaintLine : kLine);
    right -= kSample + 24;
  }
}

}  // namespace

Picture draw_picture(const Chart& chart) {
  const Frame frame = frame_of(chart, 9, 6, true);
  double labels = 0;
  for (const Tick& tick : frame.y.ticks()) labels = std::max(labels, width_of(tick.label) * kLetters);
  const Area area{frame, 74 + labels, kWidth - kRight, kTop, kHeightOfAll - kBottom};
  Canvas canvas(static_cast<std::int64_t>(kWidth), static_cast<std::int64_t>(kHeightOfAll));
  draw_grid(canvas, area);
  for (const bool faint : {true, false})
    for (const Line& line : chart.lines)
      if (line.faint == faint) draw_line(canvas, area, chart.x, line);
  draw_axes(canvas, area);
  if (chart.mark) draw_mark(canvas, area, *chart.mark);
  draw_legend(canvas, area, chart.lines);
  canvas.text(chart.title, {area.left, area.top - 26}, kTitle, kInk, Anchor::left);
  canvas.text(chart.x_label, {(area.left + area.right) / 2, kHeightOfAll - 26}, kLetters, kSoft, Anchor::centre);
  canvas.text(chart.y_label, {34, (area.top + area.bottom) / 2}, kLetters, kSoft, Anchor::centre, true);
  return canvas.take();
}

}  // namespace cnnctl::plot
