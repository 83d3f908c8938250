// Blocks of results of a convolution in narrow groups, whose filters would not fill a register: it holds those of
// several groups side by side. Knows one image and its border; knows no batch and no stride of results.
#pragma once

#include <algorithm>

#include "kernels/conv/walk.hpp"

namespace cnnctl::kernels {

/// Channels and filters of a narrow group at most.
constexpr std::int64_t kMostNarrow = 8;

/// Groups, and the channels of one in the source and in the results.
struct Groups {
  std::int64_t count, channels, filters;

  /// Values of one pixel in the groups that share a register, `size` in each, whatever the register's length.
  std::int64_t most_together(std::int64_t size) const {
    constexpr std::int64_t kLongestRegister = 16;
    return std::min(count * size, std::max(kLongestRegister, size));
  }
};

/// How many groups share a register: their channels fit one, and so do their filters. One group may have more of both.
std::int64_t groups_together(const Groups& groups);

/// A block of result rows of one image.
struct GroupBlock {
  const WindowWalk& walk;
  const Groups& groups;
  const real* image;
  const real* weights;  // packed
  const real* bias;     // of all filters, or null
  bool relu, accumulate;
  real* y;  // the first result
  std::int64_t y_row, y_pixel;
  std::int64_t first, rows;  // in the image
  real* copy;
};

/// y = what the filters make of the windows, with bias and relu, or y += that with `accumulate`. Every result is one
/// chain of multiply-adds that begins with the bias (or with y).
void convolve_groups(const GroupBlock& block);

}  // namespace cnnctl::kernels
