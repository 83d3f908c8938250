// Analytic gradients against differences of two runs.
#include <cmath>

#include "layer_run.hpp"

namespace cnnctl::testing {
namespace {

constexpr bool kDouble = sizeof(real) == 8;
constexpr double kStep = kDouble ? 1e-5 : 4e-3, kTolerance = kDouble ? 1e-6 : 1e-2;
constexpr std::size_t kComparisons = 24;  // of one array: each moves every 24th of its values

double loss_of(LayerRun& run) {
  run.forward();
  const auto count = static_cast<std::size_t>(run.n * run.plan.output.count());
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += double{run.y[i]} * double{run.dy[i]};
  return sum;
}

/// How often comparisons were made, and how often a kink spoiled one.
struct Count {
  int all = 0, kinks = 0;
};

/// One array under comparison.
struct Array {
  LayerRun& run;
  Numbers& values;
  const Numbers& gradient;
  double here;  // the loss as it stands
  Count& count;

  /// What moving every `stride`-th value from `first` on, signs mixed, says against the gradient; "" if nothing. Kinks
  /// of several values may cancel out: who disagrees is asked value by value.
  std::string compare(std::size_t first, std::size_t stride) {
    ++count.all;
    const bool one = first + stride >= values.size();
    std::string difference;
    for (const double step : {kStep, kStep / 3, kStep / 9}) {
      difference = moved(first, stride, step);
      if (difference.empty() || !one) break;
    }
    if (difference.empty() || one) return difference;
    difference = compare(first, 2 * stride);
    return difference.empty() ? compare(first + stride, 2 * stride) : difference;
  }

  std::string moved(std::size_t first, std::size_t stride, double step) {
    const Numbers before = values;
    double analytic = 0;
    const auto by = [&](double sign, double weight) {
      for (std::size_t i = first; i < values.size(); i += stride) {
        values[i] = static_cast<real>(before[i] + (i / kComparisons % 3 == 0 ? -sign : sign) * step);
        analytic += weight * double{gradient[i]} * double{values[i]};
      }
      return loss_of(run);
    };
    const double above = by(1, 1), below = by(-1, -1), numeric = above - below, error = std::abs(numeric - analytic);
    values = before;
    const double allowed = kTolerance * (2 * step + std::abs(numeric));
    if (error <= allowed) return {};
    // The slopes on both sides differ by as much: there is a kink between.
    if (error <= allowed + std::abs(above - 2 * here + below)) return ++count.kinks, std::string();
    return "values " + std::to_string(first) + ", " + std::to_string(first + stride) + " ... of " +
           std::to_string(values.size()) + ": slope " + std::to_string(analytic / (2 * step)) + " instead of " +
           std::to_string(numeric / (2 * step));
  }
};

}  // namespace

Agreement numeric_gradients(LayerRun& run) {
  const double here = loss_of(run);
  run.backward();
  Count count;
  const auto array = [&](Numbers& values, const Numbers& gradient, const std::string& name) -> Agreement {
    Array under{run, values, gradient, here, count};
    for (std::size_t first = 0; first < std::min(kComparisons, values.size()); ++first)
      if (std::string difference = under.compare(first, kComparisons); !difference.empty())
        return {name + ", " + difference};
    return {};
  };
  for (std::size_t i = 0; i < run.x.size(); ++i)
    if (Agreement found = array(run.x[i], run.dx[i], "input " + std::to_string(i)); !found) return found;
  for (std::size_t i = 0; i < run.parameters.size(); ++i)
    if (run.trains(i))
      if (Agreement found = array(run.parameters[i], run.parameter_gradients[i], run.arrays[i].name); !found)
        return found;
  run.forward();
  if (2 * count.kinks > count.all) return {"more than half of all comparisons met a kink: choose other inputs"};
  return {};
}

}  // namespace cnnctl::testing
