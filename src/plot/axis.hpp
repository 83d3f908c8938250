// From values to places along an axis, and where its ticks stand. Knows numbers; knows no picture.
#pragma once

#include <string>
#include <vector>

namespace cnnctl::plot {

struct Tick {
  double value = 0;
  std::string label;  // empty: a small tick between two others
};

class Axis {
 public:
  /// From `low` to `high`, both finite; of equal ones a little on both sides. `log`: by powers of ten, both above 0.
  /// About `most` ticks with labels.
  Axis(double low, double high, bool log, int most);

  /// Moves both ends outwards to the next tick.
  void widen();

  double low() const { return low_; }
  double high() const { return high_; }
  /// 0 at the low end, 1 at the high one.
  double share(double value) const;
  /// The value there.
  double at(double share) const;
  std::vector<Tick> ticks() const;

 private:
  std::string label(double value) const;

  double low_, high_;
  bool log_;
  double step_ = 1;  // between ticks with labels; of log: powers of ten
};

}  // namespace cnnctl::plot
