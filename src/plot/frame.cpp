#include "plot/frame.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"

namespace cnnctl::plot {

Frame frame_of(const Chart& chart, int x_labels, int y_labels, bool faint) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Line& line : chart.lines) {
    CNNCTL_CHECK_EQ(line.y.size(), chart.x.size());
    if (line.faint && !faint) continue;
    for (const double y : line.y) {
      if (!std::isfinite(y)) continue;
      low = std::min(low, y);
      high = std::max(high, y);
    }
  }
  if (chart.y_most) high = std::min(high, std::max(low, *chart.y_most));
  CNNCTL_CHECK(low <= high && !chart.x.empty());
  if (low > 0 && low < high / 2) low = 0;  // what is near zero is seen against it
  Frame frame{Axis(chart.x.front(), chart.x_end.value_or(chart.x.back()), chart.log_x, x_labels),
              Axis(low, high, false, y_labels)};
  frame.y.widen();
  return frame;
}

}  // namespace cnnctl::plot
