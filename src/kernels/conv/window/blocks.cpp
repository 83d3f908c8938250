// Convolutions as blocks of results that stand anywhere: in different rows, in different images. A block multiplies
// what its windows see of the images with the weights, which stream by once for all its results.
#include "kernels/conv/window/blocks.hpp"

#include <algorithm>

#include "kernels/conv/window/window_block.hpp"
#include "kernels/simd/cut.hpp"

namespace cnnctl::kernels {
namespace {

/// How block_products cuts its work: a task is a block of rows of an image, or a few whole images, and a range of
/// channels.
struct Cut {
  std::int64_t images = 1, rows, channels;

  Cut(const WindowWalk& walk, std::int64_t all_channels) : channels(all_channels) {
    constexpr std::int64_t kCachedWeights = 384 * 1024;  // larger banks come from far away: a few panels at a time
    constexpr std::int64_t kMostCopied = 128 * 1024;     // values of the images' copies
    if (walk.tap_count() * walk.channels * channels > kCachedWeights) channels = std::min(channels, 2 * kWindowPanel);
    rows = walk.rows.count;
    images = std::clamp<std::int64_t>(kMostCopied / DenseWindows(walk).values(rows), 1, kBlockResults);
    if (images == 1) rows = rows_per_block(rows, walk.columns.count * walk.tap_count() * walk.channels * channels);
  }
};

/// Which taps of an axis are inside of the image.
class InsideTaps {
 public:
  InsideTaps(const WindowAxis& axis, std::int64_t size)
      : axis_(axis), size_(size), all_(axis.first, axis.step, axis.count, size - (axis.taps - 1) * axis.tap_step) {}

  /// For any of the results [first, last]: both ends of the range fall as results rise.
  Inside of(std::int64_t first, std::int64_t last) const {
    Inside taps(0, 1, axis_.taps, axis_.taps);
    if (first >= all_.begin && last < all_.end) return taps;
    taps.begin = Inside(last * axis_.step + axis_.first, axis_.tap_step, axis_.taps, size_).begin;
    taps.end = Inside(first * axis_.step + axis_.first, axis_.tap_step, axis_.taps, size_).end;
    return taps;
  }

 private:
  const WindowAxis& axis_;
  std::int64_t size_;
  Inside all_;  // the results that find all taps inside
};

/// Where the results of a task stand and what they see: `images` images, `rows` rows from `first_row`.
struct TaskResults {
  std::int64_t images, first_row, rows;
  WindowSource source;       // of the first image
  std::int64_t source_step;  // from image to image
  real* y;                   // the first result
};

/// The results of a task in blocks. They are counted image by image, there and back along the rows: the neighbours that
/// make a block then see nearly the same part of the window inside of the image, and taps that see padding alone are
/// left out.
class ResultBlocks {
 public:
  ResultBlocks(const WindowWalk& walk, const DenseWindows& windows, const WindowTarget& target, const TaskResults& task)
      : walk_(walk),
        windows_(windows),
        target_(target),
        task_(task),
        inside_rows_(walk.rows, walk.source_h),
        inside_columns_(walk.columns, walk.source_w),
        row_step_(task.source.width * task.source.pitch) {}

  void multiply(const WindowFilters& filters) {
    // One register of channels is multiplied as fast in blocks of eight: these end with a row, and leave out more.
    const bool by_row = filters.channels <= kPanelUnit && task_.images > 1;
    const std::int64_t lines = by_row ? task_.rows : 1, unit = by_row ? task_.images : 1;
    const std::int64_t count = task_.images * task_.rows * walk_.columns.count / lines / unit;
    const std::int64_t blocks = pieces(count, kBlockResults / unit);
    for (std::int64_t line = 0; line < lines; ++line)
      for (std::int64_t i = 0; i < blocks; ++i)  // of nearly the same size
        block((count * (i + 1) / blocks - count * i / blocks) * unit, filters);
  }

 private:
  void block(std::int64_t count, const WindowFilters& filters) {
    const real* from[kBlockResults];
    real* to[kBlockResults];
    const std::int64_t top = row_;
    std::int64_t left = column_, right = column_;
    for (std::int64_t i = 0; i < count;) {
      const real* source =
          task_.source.data + row_ * walk_.rows.step * row_step_ + windows_.position(column_) * task_.source.pitch;
      real* y = task_.y + row_ * target_.row + column_ * target_.pixel;
      left = std::min(left, column_);
      right = std::max(right, column_);
      bottom_ = row_;
      for (; i < count && image_ < task_.images; ++i, ++image_) {
        from[i] = source + image_ * task_.source_step;
        to[i] = y + image_ * target_.image;
      }
      if (image_ == task_.images) next_pixel();
    }
    multiply_windows(
        inside(inside_rows_.of(task_.first_row + top, task_.first_row + bottom_), inside_columns_.of(left, right)),
        filters, count, from, to);
  }

  void next_pixel() {
    image_ = 0;
    const std::int64_t next = column_ + (row_ % 2 == 0 ? 1 : -1);
    if (next >= 0 && next < walk_.columns.count)
      column_ = next;
    else
      ++row_;
  }

  WindowValues inside(const Inside& rows, const Inside& columns) const {
    const std::int64_t step = walk_.rows.tap_step * row_step_, terms = walk_.columns.taps * walk_.channels;
    return {.rows = rows.end - rows.begin,
            .length = (columns.end - columns.begin) * walk_.channels,
            .first = rows.begin * step + columns.begin * walk_.channels,
            .step = step,
            .first_term = rows.begin * terms + columns.begin * walk_.channels,
            .term_step = terms};
  }

  const WindowWalk& walk_;
  const DenseWindows& windows_;
  const WindowTarget& target_;
  const TaskResults& task_;
  InsideTaps inside_rows_, inside_columns_;
  std::int64_t row_step_;                          // in the source
  std::int64_t row_ = 0, column_ = 0, image_ = 0;  // of the next result, within the task
  std::int64_t bottom_ = 0;
};

}  // namespace

std::size_t block_bytes(const WindowWalk& walk, std::int64_t channels) {
  const Cut cut(walk, channels);
  return static_cast<std::size_t>(cut.images * DenseWindows(walk).values(cut.rows)) * sizeof(real);
}

std::int64_t block_weights(const WindowWalk& walk, std::int64_t channels) {
  return walk.tap_count() * walk.channels * packed_channels(channels);
}

void pack_block_weights(const Workers& workers, const WindowWalk& walk, std::int64_t channels, const real* w,
                        real* packed) {
  const std::int64_t terms = walk.tap_count() * walk.channels;
  for_rows(workers, terms, channels, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t k = 0; k < channels; k += kWindowPanel) {
      const std::int64_t filled = std::min(kWindowPanel, channels - k), width = packed_channels(filled);
      real* to = packed + k * terms + first * width;
      for (std::int64_t term = first; term < first + count; ++term, to += width)
        std::fill(std::copy_n(w + term * channels + k, filled, to), to + width, real{0});
    }
  });
}

void block_products(const Workers& workers, std::int64_t n, const WindowWalk& walk, const real* x, const real* weights,
                    const Epilogue& epilogue, const WindowTarget& target, const ConvScratch& scratch) {
  const Cut cut(walk, target.channels);
  const std::int64_t blocks = pieces(walk.rows.count, cut.rows),
                     image_size = walk.source_h * walk.source_w * walk.source_c;
  const std::int64_t parts = pieces(n, cut.images), tasks = blocks * parts;
  const DenseWindows windows(walk);
  const std::int64_t copied = windows.values(cut.rows);
  workers.run(tasks * pieces(target.channels, cut.channels), [&](std::int64_t task, int worker) {
    const std::int64_t k = task / tasks * cut.channels, channels = std::min(cut.channels, target.channels - k);
    const std::int64_t part = task % tasks / blocks, image = n * part / parts, images = n * (part + 1) / parts - image;
    const std::int64_t row = task % blocks * cut.rows, rows = std::min(cut.rows, walk.rows.count - row);
    real* copy = scratch.of(worker);
    const WindowSource source = windows.source(x + image * image_size, row, rows, copy);
    for (std::int64_t i = 1; i < images; ++i)
      windows.source(x + (image + i) * image_size, row, rows, copy + i * copied);
    const TaskResults results{images,
                              row,
                              rows,
                              source,
                              source.data == copy ? copied : image_size,
                              target.data + image * target.image + row * target.row + k};
    const bool relu = epilogue.activation.type == Activation::Type::relu;
    ResultBlocks(walk, windows, target, results)
        .multiply({.weights = weights + k * walk.tap_count() * walk.channels,
                   .terms = walk.tap_count() * walk.channels,
                   .channels = channels,
                   .bias = epilogue.bias != nullptr ? epilogue.bias + k : nullptr,
                   .relu = relu,
                   .accumulate = epilogue.accumulate});
    if (relu) return;
    for (std::int64_t i = 0; i < images * rows; ++i)
      apply_epilogue({nullptr, epilogue.activation, false}, walk.columns.count, channels,
                     results.y + i / rows * target.image + i % rows * target.row, target.pixel);
  });
}

}  // namespace cnnctl::kernels
