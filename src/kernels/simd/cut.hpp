// How kernels cut their work: by shape alone, into tasks large enough to pay for a parallel region.
// Knows rows and widths; knows nothing of what is computed.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/workers.hpp"

namespace cnnctl::kernels {

/// Values in one task: a few microseconds of work, well inside the second-level cache.
constexpr std::int64_t kTaskValues = 16384;

/// Rows of `width` values in one task, at least one.
constexpr std::int64_t rows_per_task(std::int64_t width) {
  return std::max<std::int64_t>(1, kTaskValues / std::max<std::int64_t>(1, width));
}

/// Calls body(first, count) for consecutive ranges that together cover `rows` rows of `width` values.
template <class Body>
void for_rows(const Workers& workers, std::int64_t rows, std::int64_t width, const Body& body) {
  const std::int64_t step = rows_per_task(width);
  workers.run(pieces(rows, step), [&](std::int64_t task, int) {
    const std::int64_t first = task * step;
    body(first, std::min(step, rows - first));
  });
}

}  // namespace cnnctl::kernels
