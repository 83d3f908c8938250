// Convolutions by blocks of results: see conv_blocks.cpp. Knows walks over images (conv_rows.hpp).
#pragma once

#include <algorithm>

#include "kernels/conv/window/rows.hpp"

namespace cnnctl::kernels {

/// Whether blocks pay. Long rows of results whose channels make one register are left to products of rows, which need
/// fewer instructions for a multiply-add, unless much of the windows is padding, which blocks leave out.
constexpr bool in_blocks(const WindowWalk& walk, std::int64_t channels) {
  return channels <= 8 || channels > 16 || walk.columns.count < std::max<std::int64_t>(8, 4 * walk.columns.taps);
}

/// Bytes of one worker for block_products.
std::size_t block_bytes(const WindowWalk& walk, std::int64_t channels);

/// Values of the weights (taps, walk.channels, channels) as block_products reads them.
std::int64_t block_weights(const WindowWalk& walk, std::int64_t channels);
void pack_block_weights(const Workers& workers, const WindowWalk& walk, std::int64_t channels, const real* w,
                        real* packed);

/// window_products (conv_rows.hpp) by blocks.
void block_products(const Workers& workers, std::int64_t n, const WindowWalk& walk, const real* x, const real* weights,
                    const Epilogue& epilogue, const WindowTarget& target, const ConvScratch& scratch);

}  // namespace cnnctl::kernels
