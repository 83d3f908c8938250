#include "kernels/conv/walk.hpp"

#include <algorithm>

#include "base/workers.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kTaskMacs = 4 * 1024 * 1024;  // of a task: its rows share the copy around them

}  // namespace

std::size_t WindowWalk::copy_bytes(std::int64_t block) const {
  return static_cast<std::size_t>(rows.reach(block) * columns.reach(columns.count) * channels) * sizeof(real);
}

WindowRuns::WindowRuns(const WindowWalk& walk, const WindowSource& source)
    : rows(walk.rows.taps),
      columns(walk.columns.taps),
      length(walk.channels),
      row_step(walk.rows.tap_step * source.width * source.pitch),
      column_step(walk.columns.tap_step * source.pitch) {
  if (column_step != length) return;
  length *= columns;
  columns = 1;
}

void WindowRuns::offsets(std::int64_t* of_value) const {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      for (std::int64_t v = 0; v < length; ++v) *of_value++ = i * row_step + j * column_step + v;
}

std::int64_t rows_per_block(std::int64_t rows, std::int64_t macs_per_row) {
  const std::int64_t wanted = std::clamp<std::int64_t>(kTaskMacs / std::max<std::int64_t>(1, macs_per_row), 1, rows);
  return pieces(rows, pieces(rows, wanted));  // blocks of nearly the same size
}

WindowWalk forward_walk(const ConvGeometry& g) {
  return {.rows = {g.oh, g.stride_h, -g.pad_top, g.kh, g.dilation_h},
          .columns = {g.ow, g.stride_w, -g.pad_left, g.kw, g.dilation_w},
          .source_h = g.h,
          .source_w = g.w,
          .source_c = g.c,
          .channels = g.group_c()};
}

}  // namespace cnnctl::kernels
