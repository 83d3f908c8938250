#include "losses/rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "kernels/simd/cut.hpp"

namespace cnnctl {

void check_batch(ConstView output, const Targets& targets, std::span<const double> per_sample) {
  CNNCTL_CHECK_EQ(per_sample.size(), output.n);
  if (targets.values != nullptr) return;
  CNNCTL_CHECK_EQ(targets.labels.size(), output.n);
  const std::int64_t classes = output.shape.count();
  CNNCTL_CHECK(std::all_of(targets.labels.begin(), targets.labels.end(),
                           [classes](std::int32_t label) { return label >= 0 && label < classes; }));
}

void expect_one_output_per_class(std::string_view loss, const Shape& output, std::int64_t classes) {
  if (classes == 0) return;
  if (output.count() == classes && output.pixels() == 1) return;
  throw ShapeError(fmt::format("{} needs one output for each of the {} classes, got {}", loss, classes, output.str()));
}

void for_each_row(const Workers& workers, std::int64_t rows, std::int64_t width, FunctionRef<void(std::int64_t)> body) {
  // A value costs an exponential, some ten times what kernels assume.
  kernels::for_rows(workers, rows, width * 8, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t row = first; row < first + count; ++row) body(row);
  });
}

double sum_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

}  // namespace cnnctl
