// Sums over rows in two levels, the same for any number of workers: blocks of rows, cut by shape, are summed in
// parallel; the blocks' sums are joined in order, in double. Knows blocks; knows nothing of what is summed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/cut.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl::kernels {

/// Consecutive blocks of rows of a (rows, columns) matrix.
struct RowBlocks {
  static constexpr std::int64_t kMost = 256;  // keeps the partial sums a small part of the work

  std::int64_t rows, size, count;

  RowBlocks(std::int64_t all_rows, std::int64_t columns)
      : rows(all_rows),
        size(std::max(rows_per_task(columns), pieces(all_rows, kMost))),
        count(pieces(all_rows, size)) {}

  std::int64_t first(std::int64_t block) const { return block * size; }
  std::int64_t length(std::int64_t block) const { return std::min(size, rows - first(block)); }
};

/// Calls body(first, count) for ranges of columns, in parallel where joining `blocks` sums of each is work enough.
template <class Body>
void for_columns(const Workers& workers, std::int64_t columns, std::int64_t blocks, const Body& body) {
  for_rows(workers, columns, blocks, body);
}

/// Bytes of `arrays` arrays of partial sums, (blocks, columns) each.
inline std::size_t partial_bytes(const RowBlocks& blocks, std::int64_t columns, int arrays) {
  return aligned(static_cast<std::size_t>(blocks.count * columns * arrays) * sizeof(real));
}

}  // namespace cnnctl::kernels
