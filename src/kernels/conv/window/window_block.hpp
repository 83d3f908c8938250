// Blocks of results of a convolution, each a sum of products over the values of its window. Knows addresses and steps;
// knows no image and no border.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Results of one block at most.
constexpr std::int64_t kBlockResults = 12;

/// Packed weights (terms, channels) stand in panels of kWindowPanel channels, each (terms, its width): what is read
/// together is together. The last panel's width is filled up with zeros to a multiple of kPanelUnit.
constexpr std::int64_t kWindowPanel = 32, kPanelUnit = 16;

/// Channels with those that fill up the last panel.
constexpr std::int64_t packed_channels(std::int64_t channels) { return pieces(channels, kPanelUnit) * kPanelUnit; }

/// The values of a window that a block multiplies with: `rows` runs of `length` values side by side. `first` leads from
/// the address of a result to the first run, `step` from run to run, in the source and in the terms of the weights.
struct WindowValues {
  std::int64_t rows, length;
  std::int64_t first, step;
  std::int64_t first_term, term_step;
};

/// What windows are multiplied with, and what happens to the results: y = relu(value + bias), or y += value.
struct WindowFilters {
  const real* weights;  // packed, (terms, channels)
  std::int64_t terms, channels;
  const real* bias = nullptr;  // (channels) or null
  bool relu = false, accumulate = false;
};

/// y[r] (channels) = what the filters make of the window at source[r], for `results` results, at most kBlockResults.
/// Every result is one chain of multiply-adds that begins with the bias (or with y), in the order of the values.
void multiply_windows(const WindowValues& values, const WindowFilters& filters, std::int64_t results,
                      const real* const* source, real* const* y);

}  // namespace cnnctl::kernels
