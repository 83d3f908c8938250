// The walk that general convolutions share: a window slides over an image, and each result is a sum of products, one
// for each tap of the window and each channel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>

#include "base/workers.hpp"
#include "kernels/conv/geometry.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// One axis of the walk: result i reads, for tap t, source position i * step + first + t * tap_step.
struct WindowAxis {
  std::int64_t count, step, first, taps, tap_step;

  /// Source positions that results [0, results) touch, counted from `first`.
  std::int64_t reach(std::int64_t results) const { return (results - 1) * step + (taps - 1) * tap_step + 1; }
};

/// The walk over one channel group of an image batch.
struct WindowWalk {
  WindowAxis rows, columns;
  std::int64_t source_h, source_w, source_c;  // the images, (N, H, W, C)
  std::int64_t channels;                      // of the group, the first of them at the given address

  std::int64_t tap_count() const { return rows.taps * columns.taps; }
  /// Bytes of one worker for blocks of `block` result rows: a padded copy of what the window touches.
  std::size_t copy_bytes(std::int64_t block) const;
};

/// Where the window's source stands for one block of result rows: pixel (r, c) of the reach is at
/// data + (r * width + c) * pitch.
struct WindowSource {
  const real* data;
  std::int64_t width, pitch;

  /// First source pixel of result row `row` (within the block) for one tap.
  const real* at(const WindowWalk& walk, std::int64_t row, std::int64_t tap) const {
    const std::int64_t y = row * walk.rows.step + tap / walk.columns.taps * walk.rows.tap_step;
    const std::int64_t x = tap % walk.columns.taps * walk.columns.tap_step;
    return data + (y * width + x) * pitch;
  }
};

/// The values of a window: runs that stand side by side in memory, a row of the window where its taps do, else a tap.
struct WindowRuns {
  std::int64_t rows, columns, length;  // runs below and beside each other, and the values of one
  std::int64_t row_step, column_step;  // from run to run in the source

  WindowRuns(const WindowWalk& walk, const WindowSource& source);
  std::int64_t count() const { return rows * columns; }
  std::int64_t offset(std::int64_t run) const { return run / columns * row_step + run % columns * column_step; }
  /// Where each value is, from the window's first.
  void offsets(std::int64_t* of_value) const;
};

/// The source of result rows [first, first + count) of the image at `image` (its first channel of the group): the
/// image itself where the window stays inside, a copy with zeros around it otherwise.
WindowSource window_source(const WindowWalk& walk, const real* image, std::int64_t first, std::int64_t count,
                           real* copy);

/// Sources whose windows are dense: the taps of a window's row stand side by side, with nothing between their channels.
/// Columns that a dilation puts into one window are then neighbours in the copy.
class DenseWindows {
 public:
  explicit DenseWindows(const WindowWalk& walk);

  /// As window_source; the copy has `values(count)` values.
  WindowSource source(const real* image, std::int64_t first, std::int64_t count, real* copy) const;
  std::int64_t values(std::int64_t rows) const { return walk_.rows.reach(rows) * phases_ * share_ * walk_.channels; }
  /// Position in a row of the source where the window of result column `column` begins.
  std::int64_t position(std::int64_t column) const {
    const std::int64_t at = column * walk_.columns.step;
    return phases_ == 1 ? at : at % phases_ * share_ + at / phases_;
  }

  /// Windows of columns so far apart begin in the same phase, at even distances.
  std::int64_t apart() const { return phases_ / std::gcd(phases_, walk_.columns.step); }

 private:
  const WindowWalk& walk_;
  std::int64_t phases_, share_;  // and the columns of a phase
  bool as_it_is_;                // the image's own pixels are dense
};

/// Result rows of one task, from the multiply-adds of a row.
std::int64_t rows_per_block(std::int64_t rows, std::int64_t macs_per_row);

/// Where results go: pixel (row, column) of image n is at data + n * image + row * this->row + column * pixel.
struct WindowTarget {
  real* data;
  std::int64_t image, row, pixel, channels;
};

/// The forward walk of a convolution.
WindowWalk forward_walk(const ConvGeometry& g);

}  // namespace cnnctl::kernels
