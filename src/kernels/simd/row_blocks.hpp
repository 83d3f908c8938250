// Rows of channels cut for sums and for elementwise work, the same for any number of workers and any register width.
// Knows cuts; knows nothing of what is computed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "kernels/simd/cut.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl::kernels {

/// A few channels would leave most of a register empty. So several rows are taken as one wide row, which fills whole
/// registers: lane l of it belongs to channel l % channels.
struct WideRows {
  static constexpr std::int64_t kLanes = 16, kMostChannels = 64, kMostWidth = kLanes * kMostChannels;

  std::int64_t rows, channels;
  std::int64_t fold, width;  // rows in a wide row, and its values
  std::int64_t wide, rest;   // wide rows, and rows behind the last of them

  WideRows(std::int64_t all_rows, std::int64_t all_channels)
      : rows(all_rows), channels(all_channels), fold(kLanes / std::gcd(channels, kLanes)) {
    if (channels >= kMostChannels || fold > rows) fold = 1;
    width = fold * channels;
    wide = rows / fold;
    rest = rows % fold;
  }

  /// values[l] = of_channel[l % channels] for a whole wide row; at most max(kMostWidth, channels) values.
  void repeat(const real* of_channel, real* values) const {
    for (std::int64_t l = 0; l < width; l += channels) std::copy_n(of_channel, channels, values + l);
  }
};

/// Calls body(at, rows, width) for ranges of wide rows that begin at value `at`, and for the rest as one short row.
template <class Body>
void for_wide_rows(const Workers& workers, const WideRows& w, const Body& body) {
  for_rows(workers, w.wide, w.width,
           [&](std::int64_t first, std::int64_t count) { body(first * w.width, count, w.width); });
  if (w.rest > 0) body(w.wide * w.width, 1, w.rest * w.channels);
}

/// Calls body(channel) for each channel, in parallel where joining that many partial sums of each is work enough.
template <class Body>
void join_channels(const Workers& workers, std::int64_t channels, std::int64_t partials, const Body& body) {
  constexpr std::int64_t kJoinCost = 4;  // a partial sum in double, against a value in a register
  for_rows(workers, channels, partials * kJoinCost, [&](std::int64_t first, std::int64_t n) {
    for (std::int64_t c = first; c < first + n; ++c) body(c);
  });
}

/// Sums over rows in two levels: blocks of wide rows are summed in parallel, each lane by itself; the partial sums are
/// then joined in order, in double. Partial p of channel c is at index p * channels + c.
struct RowBlocks : WideRows {
  static constexpr std::int64_t kMost = 256;  // blocks: keeps the partial sums a small part of the work
  // Of a block, which a second pass then finds in the nearest cache.
  static constexpr std::int64_t kValues = 32 * 1024 / sizeof(real);

  std::int64_t size, count;  // wide rows in a block; blocks

  RowBlocks(std::int64_t all_rows, std::int64_t all_channels)
      : WideRows(all_rows, all_channels),
        size(std::max(rows_in_block(width), pieces(wide, kMost))),
        count(pieces(wide, size)) {}

  std::int64_t partials() const { return count * fold + (rest > 0 ? 1 : 0); }
  /// Rows that partial p is the sum of.
  std::int64_t rows_in(std::int64_t p) const {
    if (p < (count - 1) * fold) return size;
    return p < count * fold ? length(count - 1) : rest;
  }

  /// Calls body(at, rows, width, partial) for each block, and for the rest as rows that are not wide: its values begin
  /// at `at`, its partial sums, `width` values, at `partial`.
  template <class Body>
  void run(const Workers& workers, const Body& body) const {
    workers.run(count,
                [&](std::int64_t block, int) { body(block * size * width, length(block), width, block * width); });
    if (rest > 0) body(wide * width, rest, channels, count * width);
  }

  /// Calls body(channel) for each channel, in parallel where joining the partial sums is work enough.
  template <class Body>
  void join(const Workers& workers, const Body& body) const {
    join_channels(workers, channels, partials(), body);
  }

  /// Bytes of `arrays` arrays of partial sums, of these rows or of fewer (which may be cut into more blocks).
  std::size_t partial_bytes(int arrays) const {
    const std::int64_t most_blocks = std::min(kMost, pieces(wide, rows_in_block(width)));
    return aligned(static_cast<std::size_t>((most_blocks * fold + 1) * channels * arrays) * sizeof(real));
  }

 private:
  static constexpr std::int64_t rows_in_block(std::int64_t width) { return std::max<std::int64_t>(1, kValues / width); }
  std::int64_t length(std::int64_t block) const { return std::min(size, wide - block * size); }
};

}  // namespace cnnctl::kernels
