#include "losses/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "base/error.hpp"
#include "kernels/simd/cut.hpp"

namespace cnnctl {
namespace {

bool same_positions(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

double Loss::batch_weight(ConstView output, const Target& target) const {
  if (target.weight.data == nullptr) return static_cast<double>(output.n);
  const std::int64_t count = target.weight.count();
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(target.weight.data[i]);
  return sum / static_cast<double>(target.weight.shape.count());
}

void check_batch(ConstView output, const Target& target, std::span<const double> per_sample,
                 std::optional<std::int64_t> ignored) {
  const std::int64_t positions = output.shape.positions();
  CNNCTL_CHECK_EQ(per_sample.size(), output.n);
  if (target.weight.data != nullptr) {
    CNNCTL_CHECK_EQ(target.weight.n, output.n);
    CNNCTL_CHECK(target.weight.shape.count() == 1 || target.weight.shape.count() == positions);
  }
  if (!target.of_classes()) {
    CNNCTL_CHECK_EQ(target.values.n, output.n);
    CNNCTL_CHECK_EQ(target.values.shape.count(), output.shape.count());
    return;
  }
  CNNCTL_CHECK_EQ(target.classes.size(), output.n * positions);
  CNNCTL_CHECK(target.others.empty() || target.others.size() == target.classes.size());
  const std::int64_t classes = output.shape.channels();
  for (const std::span<const std::int32_t> labels : {target.classes, target.others}) {
    const auto odd = std::ranges::find_if(
        labels, [&](std::int32_t label) { return (label < 0 || label >= classes) && label != ignored; });
    if (odd == labels.end()) continue;
    CNNCTL_CHECK(ignored);
    throw DataError("the targets",
                    fmt::format("hold class {}, the outputs have {} channels, and of classes beyond them "
                                "only {} is ignored",
                                *odd, classes, *ignored));
  }
}

void expect_channels(std::string_view loss, const Shape& output, const TargetSpec& target) {
  const bool of_sample = output.positions() == 1;
  if (!target.of_classes()) {
    if (output == target.shape ||
        (of_sample && target.shape.positions() == 1 && output.count() == target.shape.count()))
      return;
    throw ShapeError(
        fmt::format("{} needs an output of its target's shape, {}, got {}", loss, target.shape.str(), output.str()));
  }
  if (target.shape.count() == 1) {
    if (output.count() == target.classes && of_sample) return;
    throw ShapeError(
        fmt::format("{} needs one output for each of the {} classes, got {}", loss, target.classes, output.str()));
  }
  if (output.channels() == target.classes && same_positions(output.extents(), target.shape.sizes())) return;
  throw ShapeError(fmt::format("{} needs {}x{}, a channel for each class at each position of its target, got {}", loss,
                               target.classes, target.shape.str(), output.str()));
}

double sum_rows(const Workers& workers, ConstView output, double divisor, std::span<double> per_sample,
                FunctionRef<double(std::int64_t first, std::int64_t count)> body) {
  const std::int64_t positions = output.shape.positions();
  const std::int64_t cost =
      output.shape.channels() * 8;  // of a row: an exponential is some ten times what kernels assume
  const std::int64_t most = std::min(positions, kernels::rows_per_task(cost)), ranges = pieces(positions, most);
  std::vector<double> sums(ranges > 1 ? static_cast<std::size_t>(output.n * ranges) : 0);
  double* const to = ranges > 1 ? sums.data() : per_sample.data();
  kernels::for_rows(workers, output.n * ranges, most * cost, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t range = first; range < first + count; ++range) {
      const std::int64_t sample = range / ranges, begin = range % ranges * most;
      to[range] = body(sample * positions + begin, std::min(most, positions - begin));
    }
  });
  double total = 0;
  for (std::size_t sample = 0; sample < per_sample.size(); ++sample) {
    double sum = to[static_cast<std::int64_t>(sample) * ranges];
    for (std::int64_t range = 1; range < ranges; ++range) sum += to[static_cast<std::int64_t>(sample) * ranges + range];
    total += per_sample[sample] = sum / divisor;
  }
  return total;
}

}  // namespace cnnctl
