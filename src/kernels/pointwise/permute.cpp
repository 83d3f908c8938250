#include "kernels/pointwise/permute.hpp"

#include <array>

#include "base/check.hpp"
#include "kernels/simd/cut.hpp"

namespace cnnctl::kernels {
namespace {

/// y = or += values that stand `step` apart.
void copy_line(std::int64_t count, const real* x, std::int64_t step, real* y, bool accumulate) {
  if (accumulate)
    for (std::int64_t i = 0; i < count; ++i) y[i] += x[i * step];
  else
    for (std::int64_t i = 0; i < count; ++i) y[i] = x[i * step];
}

}  // namespace

void permute(const Workers& workers, std::int64_t n, std::span<const std::int64_t> sizes, std::span<const int> order,
             const real* x, real* y, bool accumulate) {
  const auto rank = sizes.size();
  CNNCTL_CHECK(rank >= 1 && rank <= kMostPermuted && order.size() == rank);
  std::array<std::int64_t, kMostPermuted> x_steps{}, y_sizes{}, steps{};
  std::int64_t values = 1;
  for (std::size_t i = rank; i-- > 0;) {
    x_steps[i] = values;
    values *= sizes[i];
  }
  for (std::size_t i = 0; i < rank; ++i) {
    y_sizes[i] = sizes[static_cast<std::size_t>(order[i])];
    steps[i] = x_steps[static_cast<std::size_t>(order[i])];
  }
  const std::int64_t line = y_sizes[rank - 1], lines = values / line;
  for_rows(workers, n * lines, line, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t row = first; row < first + count; ++row) {
      std::int64_t rest = row % lines, from = row / lines * values;
      for (std::size_t i = rank - 1; i-- > 0;) {
        from += rest % y_sizes[i] * steps[i];
        rest /= y_sizes[i];
      }
      copy_line(line, x + from, steps[rank - 1], y + row * line, accumulate);
    }
  });
}

}  // namespace cnnctl::kernels
