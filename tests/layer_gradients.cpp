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

/// Of how many values there is a gradient, and of how many a kink spoiled the comparison.
struct Count {
  std::size_t all = 0, kinks = 0;
};

/// One array under comparison.
struct Array {
  LayerRun& run;
  Numbers& values;
  const Numbers& gradient;
  double here;  // the loss as it stands
  Count& count;

  enum class Finding { agrees, kink, differs };
  std::string difference = {};  // what `differs` means

  /// What moving every `stride`-th value from `first` on, signs mixed, says against the gradient; "" if nothing. Kinks
  /// of several values may cancel out, and hide what else is wrong: where they disagree, or there is a kink, each value
  /// is asked by itself, by shorter and shorter steps.
  std::string compare(std::size_t first, std::size_t stride) {
    if (first + stride < values.size()) {
      if (moved(first, stride, kStep) == Finding::agrees) return {};
      std::string found = compare(first, 2 * stride);
      return found.empty() ? compare(first + stride, 2 * stride) : found;
    }
    Finding finding = Finding::differs;
    for (const double step : {kStep, kStep / 3, kStep / 9}) {
      finding = moved(first, stride, step);
      if (finding == Finding::agrees) return {};
    }
    if (finding == Finding::differs) return difference;
    if (moved(first, stride, kStep / 27) != Finding::agrees) ++count.kinks;  // too short to accuse, in single precision
    return {};
  }

  Finding moved(std::size_t first, std::size_t stride, double step) {
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
    if (error <= allowed) return Finding::agrees;
    // The slopes on both sides differ by as much: there is a kink between.
    if (error <= allowed + std::abs(above - 2 * here + below)) return Finding::kink;
    difference = "values " + std::to_string(first) + ", " + std::to_string(first + stride) + " ... of " +
                 std::to_string(values.size()) + ": slope " + std::to_string(analytic / (2 * step)) + " instead of " +
                 std::to_string(numeric / (2 * step));
    return Finding::differs;
  }
};

}  // namespace

Agreement numeric_gradients(LayerRun& run) {
  const double here = loss_of(run);
  run.backward();
  Count count;
  const auto array = [&](Numbers& values, const Numbers& gradient, const std::string& name) -> Agreement {
    Array under{run, values, gradient, here, count};
    count.all += values.size();
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
  if (50 * count.kinks > count.all)
    return {std::to_string(count.kinks) + " of " + std::to_string(count.all) +
            " values stand at a kink: choose inputs where 2 in a hundred do at most"};
  return {};
}

}  // namespace cnnctl::testing
