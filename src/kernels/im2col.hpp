// The windows of a convolution as one matrix, and back. Knows walks over images (conv_rows.hpp); multiplies nothing.
#pragma once

#include <cstdint>

#include "kernels/conv_rows.hpp"

namespace cnnctl::kernels {

/// Row p of the matrix (pixels, taps * channels) is the window of result pixel p of the block's `rows` result rows:
/// taps in the order of the walk, channels fastest. Leading dimension `ld`.
void im2col(const WindowWalk& walk, const WindowSource& source, std::int64_t rows, real* matrix, std::int64_t ld);

/// The way back: adds every entry of the matrix to the source position it would have been read from. `image` is what
/// the walk's source is: rows of `width` pixels of walk.channels values, counted from the first position of the block.
void col2im(const WindowWalk& walk, std::int64_t width, std::int64_t rows, const real* matrix, std::int64_t ld,
            real* image);

}  // namespace cnnctl::kernels
