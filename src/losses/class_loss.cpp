#include "losses/class_loss.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cnnctl {
namespace {
constexpr double kMostClasses = 1 << 24;  // that a dataset may have
}

void ClassLoss::fields(Fields& f) {
  f.optional("label_smoothing", label_smoothing_, "share of every target spread evenly over all classes", fraction());
  f.optional("class_weights", class_weights_, "one factor a class, in the order of the class names; default: all 1",
             at_least(0));
  f.optional(
      "ignore_index", ignore_index_,
      "class that says nothing: where it is expected, loss and gradient are 0, and the mean does without; it may "
      "lie beyond the outputs' channels. Metrics count it",
      between(-1e6, kMostClasses));
  const auto positive = [](double weight) { return weight > 0; };
  f.check(class_weights_.empty() || std::any_of(class_weights_.begin(), class_weights_.end(), positive),
          "class_weights", "at least one class weight must be above 0");
}

void ClassLoss::check(const Shape& output, const TargetSpec& target) const {
  if (ignore_index_ && !target.of_classes())
    throw ShapeError(fmt::format("{} takes ignore_index for targets that are classes alone", name()));
  TargetSpec known = target;  // without the ignored class, where that is the last one and has no channel
  if (ignore_index_ && *ignore_index_ >= output.channels() && target.classes == *ignore_index_ + 1)
    known.classes = output.channels();
  expect_channels(name(), output, known);
  if (class_weights_.empty() || static_cast<std::int64_t>(class_weights_.size()) == output.channels()) return;
  throw ShapeError(
      fmt::format("{} has {} class_weights for {} classes", name(), class_weights_.size(), output.channels()));
}

double ClassLoss::evaluate(const Workers& workers, ConstView output, const Target& target, std::span<double> per_sample,
                           Slope slope) const {
  check_batch(output, target, per_sample, ignore_index_);
  const std::int64_t width = output.shape.channels(), positions = output.shape.positions();
  const double weights = batch_weight(output, target);
  const double divisor = weights > 0 ? weights : 1;  // ignored classes alone: loss and gradient are 0, not 0 / 0
  const double sum = sum_rows(workers, output, 1, per_sample, [&](std::int64_t first, std::int64_t count) {
    double range = 0;
    for (std::int64_t row = first; row < first + count; ++row) {
      const double own = ignores(target, row) ? 0 : target.weight_of(row, positions);
      const Slope to{slope.values != nullptr ? slope.values + row * width : nullptr, own * (slope.scale / divisor)};
      range += weighted(own, of_row(width, output.data + row * width, {target, row, width, label_smoothing_}, to));
    }
    return range;
  });
  return sum / divisor;
}

double ClassLoss::batch_weight(ConstView output, const Target& target) const {
  const std::int64_t positions = output.shape.positions(), rows = output.n * positions;
  const bool by_class = target.is_hard() && !class_weights_.empty();
  if (!by_class && !ignore_index_ && target.weight.data == nullptr) return static_cast<double>(rows);
  double total = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    if (ignores(target, row)) continue;
    total += target.weight_of(row, positions) * (by_class ? weight(target.classes[static_cast<std::size_t>(row)]) : 1);
  }
  return total;
}

}  // namespace cnnctl
