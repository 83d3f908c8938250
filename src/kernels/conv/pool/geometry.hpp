// Where things stand in a convolution with pooling, and its windows laid out one by one. Knows numbers and addresses;
// computes nothing.
#pragma once

#include "kernels/conv/pool/conv_pool.hpp"
#include "kernels/pool/pool.hpp"
#include "kernels/pool/pool_window.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl::kernels {

/// The pooling of g's results.
inline PoolGeometry pool_of(const ConvGeometry& g) {
  return {.n = g.n,
          .channels = g.k,
          .height = g.oh,
          .width = g.ow,
          .out_height = g.oh / 2,
          .out_width = g.ow / 2,
          .window_h = 2,
          .window_w = 2,
          .stride_h = 2,
          .stride_w = 2};
}

/// Rows of windows, (rows, columns + 1, pitch): for each row of the padded image, and each column of the result, the
/// KW * C values that a row of the window there meets, filled up to whole registers. A window is KH such rows. The last
/// column is not used for windows.
struct PoolRows {
  std::int64_t values, pitch;  // KW * C, and as they stand in memory
  std::int64_t columns, row;   // windows beside each other, and the values of a row
  std::int64_t kh;

  explicit PoolRows(const ConvGeometry& g)
      : values(g.kw * g.c),
        pitch(values <= 8 ? 8 : (values + 15) / 16 * 16),
        columns(g.ow / 2 * 2),
        row((columns + 1) * pitch),
        kh(g.kh) {}

  /// Rows that `count` rows of pooled results meet.
  std::int64_t rows(std::int64_t count) const { return 2 * count + kh - 1; }
  std::size_t bytes(std::int64_t count) const {
    return aligned(static_cast<std::size_t>(rows(count) * row) * sizeof(real));
  }
};

/// Some rows of the gradient of an image's pooled results, and the windows that they meet.
struct Winners {
  PoolRows layout;
  real* windows;  // the first row of results' first
  const real* dy;
  const std::uint8_t* places;
  std::int32_t* positions;  // of the winners' windows, to be found from `places`
  std::int64_t rows, columns, k;

  std::int64_t pixels() const { return rows * columns; }
  std::int64_t of_places() const { return padded_channels({.channels = k}); }  // from pixel to pixel
  std::int64_t of_positions() const { return (k + 7) / 8 * 8; }
};

/// Bytes of Winners::positions for an image.
inline std::size_t winner_positions_bytes(const ConvGeometry& g) {
  const PoolGeometry pool = pool_of(g);
  return aligned(static_cast<std::size_t>(pool.out_height * pool.out_width * padded_channels(pool)) *
                 sizeof(std::int32_t));
}

/// `rows` rows from `first` on of image n's gradient.
inline Winners winners_of(const ConvGeometry& g, std::int64_t n, std::int64_t first, std::int64_t rows, const real* dy,
                          const std::byte* places, real* windows, std::byte* positions) {
  const PoolGeometry pool = pool_of(g);
  const std::int64_t pixel = (n * pool.out_height + first) * pool.out_width;
  return {.layout = PoolRows(g),
          .windows = windows,
          .dy = dy + pixel * g.k,
          .places = reinterpret_cast<const std::uint8_t*>(places) + pixel * padded_channels(pool),
          .positions = reinterpret_cast<std::int32_t*>(positions),
          .rows = rows,
          .columns = pool.out_width,
          .k = g.k};
}

}  // namespace cnnctl::kernels
