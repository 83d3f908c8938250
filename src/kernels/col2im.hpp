// The windows of a convolution added up. Knows walks over images (conv_rows.hpp); multiplies nothing.
#pragma once

#include <cstdint>

#include "kernels/conv_rows.hpp"

namespace cnnctl::kernels {

/// Row p of the matrix (pixels, taps * channels) is the window of result pixel p of the block's `rows` result rows:
/// taps in the order of the walk, channels fastest, leading dimension `ld`. Adds every entry to the source position
/// that it stands for. `image` is what the walk's source is: rows of `width` pixels of walk.channels values, counted
/// from the first position of the block.
void col2im(const WindowWalk& walk, std::int64_t width, std::int64_t rows, const real* matrix, std::int64_t ld,
            real* image);

}  // namespace cnnctl::kernels
