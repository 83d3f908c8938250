// Convolutions as sums of products over the taps of a window: what fits no other algorithm.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/conv/algorithm.hpp"
#include "kernels/conv/walk.hpp"

namespace cnnctl::kernels {

/// Bytes of one worker for window_products.
std::size_t window_bytes(const WindowWalk& walk, std::int64_t channels);

/// Values of the packed weights of window_products.
std::int64_t packed_weights(const WindowWalk& walk, std::int64_t channels);

/// packed = the weights w (taps, walk.channels, channels), in the order of the walk's taps, as window_products reads
/// them.
void pack_window_weights(const Workers& workers, const WindowWalk& walk, std::int64_t channels, const real* w,
                         real* packed);

/// target = sum over taps of source * weights, for every image; the weights are packed. A result is one chain of
/// multiply-adds, whatever else is computed with it. With results that are not even in memory (a stride of the input
/// gradient) without bias and activation.
void window_products(const Workers& workers, std::int64_t n, const WindowWalk& walk, const real* x, const real* weights,
                     const Epilogue& epilogue, const WindowTarget& target, const ConvScratch& scratch);

}  // namespace cnnctl::kernels
