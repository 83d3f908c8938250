// What both ways to draw a chart share: its axes.
#pragma once

#include "plot/axis.hpp"
#include "plot/chart.hpp"

namespace cnnctl::plot {

struct Frame {
  Axis x, y;
};

/// Axes that hold all that is drawn, `faint` lines or not, with about so many labels.
Frame frame_of(const Chart& chart, int x_labels, int y_labels, bool faint);

}  // namespace cnnctl::plot
