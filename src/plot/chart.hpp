// What is drawn: lines over one axis. Knows numbers and words; knows neither where they come from nor where they go.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "picture/picture.hpp"

namespace cnnctl::plot {

/// One line; values that are not finite leave a gap.
struct Line {
  std::vector<double> y;
  std::string name;    // empty: there is no legend
  bool faint = false;  // in the background
};

/// A place on the x axis.
struct Mark {
  double x = 0;
  std::string label;
};

struct Chart {
  std::string title, x_label, y_label;
  bool log_x = false;
  std::vector<double> x;         // rising, at least one
  std::optional<double> x_end;   // of the axis; default: that of x
  std::vector<Line> lines;       // of x.size() values each, one of them finite at least that is not faint
  std::optional<double> y_most;  // what is above it is drawn there; default: all is seen
  std::optional<Mark> mark;
};

/// Lines of text, at most `columns` (40 at least) wide, without faint lines; `braille`: in dots of Unicode, eight to a
/// letter, else in ASCII.
std::string draw_text(const Chart& chart, int columns, bool braille);

/// A picture of 1120 x 640, three channels.
Picture draw_picture(const Chart& chart);

}  // namespace cnnctl::plot
