// The rows of a batch norm cut into parts, and each part into blocks. Shared by the two directions.
#pragma once

#include "kernels/norm/batch_norm.hpp"
#include "kernels/simd/row_blocks.hpp"

namespace cnnctl::kernels {

/// Two arrays of partial sums are gathered. Partial sums of a part stand together, `stride` values for each part.
class BatchNormParts {
 public:
  explicit BatchNormParts(const BatchNormGeometry& g)
      : rows_(g.rows),
        part_rows_(std::min(g.part_rows, g.rows)),
        blocks_(part_rows_, g.channels),
        stride_(static_cast<std::int64_t>(blocks_.partial_bytes(1) / sizeof(real))) {}

  std::int64_t rows() const { return rows_; }
  /// Of a whole part: how its rows are widened.
  const RowBlocks& blocks() const { return blocks_; }
  /// Values of one array.
  std::int64_t values() const { return pieces(rows_, part_rows_) * stride_; }
  std::size_t bytes() const { return static_cast<std::size_t>(2 * values()) * sizeof(real); }

  /// Calls body(at, rows, width, partial) as RowBlocks::run does, for the parts of rows [first, first + count); `at`
  /// counts from row `first`.
  template <class Body>
  void run(const Workers& workers, std::int64_t first, std::int64_t count, const Body& body) const {
    const auto part = [&](std::int64_t p, const Workers& team) {
      const std::int64_t begin = p * part_rows_, to = (first / part_rows_ + p) * stride_;
      RowBlocks(std::min(part_rows_, count - begin), blocks_.channels)
          .run(team, [&](std::int64_t at, std::int64_t rows, std::int64_t width, std::int64_t partial) {
            body(begin * blocks_.channels + at, rows, width, to + partial);
          });
    };
    const std::int64_t parts = pieces(count, part_rows_);
    if (parts < workers.count())
      for (std::int64_t p = 0; p < parts; ++p) part(p, workers);
    else
      workers.run(parts, [&](std::int64_t p, int worker) { part(p, Workers::alone(worker)); });
  }

  /// Calls body(partial, rows) for each partial sum, in order: that of channel c is at partial + c.
  template <class Body>
  void for_partials(const Body& body) const {
    for (std::int64_t begin = 0, to = 0; begin < rows_; begin += part_rows_, to += stride_) {
      const RowBlocks blocks(std::min(part_rows_, rows_ - begin), blocks_.channels);
      for (std::int64_t p = 0; p < blocks.partials(); ++p) body(to + p * blocks.channels, blocks.rows_in(p));
    }
  }

  /// Channels joined side by side: their partial sums are neighbours, and their additions do not wait for each other.
  static constexpr std::int64_t kJoined = 8;

  /// Calls body(first, count) for up to kJoined channels at a time, in parallel where joining the partial sums is work
  /// enough.
  template <class Body>
  void join(const Workers& workers, const Body& body) const {
    const std::int64_t channels = blocks_.channels, partials = pieces(rows_, part_rows_) * blocks_.partials();
    join_channels(workers, pieces(channels, kJoined), kJoined * partials,
                  [&](std::int64_t i) { body(i * kJoined, std::min(kJoined, channels - i * kJoined)); });
  }

 private:
  std::int64_t rows_, part_rows_;
  RowBlocks blocks_;  // of a whole part
  std::int64_t stride_;
};

}  // namespace cnnctl::kernels
