// Where the tiles of Winograd's transforms stand among the pixels of the images. Knows positions; knows no values.
#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/winograd.hpp"

namespace cnnctl::kernels {

/// The size x size pixels of one tile: pixel (i, j) is at first + i * row + j * pixel where has(i, j).
struct TilePixels {
  std::int64_t first, row, pixel;
  std::uint64_t there;  // bit i * size + j: the pixel lies inside of the image
  bool whole;           // all do
};

/// Walks over a range of tiles, in order.
class TileWalk {
 public:
  TileWalk(const TileRange& tiles, const TileImages& images)
      : images_(images), rows_(tiles.rows), columns_(tiles.columns) {
    const std::int64_t place = tiles.first % (rows_ * columns_);
    image_ = tiles.first / (rows_ * columns_);
    row_ = place / columns_;
    column_ = place % columns_;
  }

  void next() {
    if (++column_ < columns_) return;
    column_ = 0;
    if (++row_ < rows_) return;
    row_ = 0;
    ++image_;
  }

  template <int size>
  TilePixels pixels() const {
    const std::int64_t y = row_ * kWinogradOut + images_.top, x = column_ * kWinogradOut + images_.left;
    TilePixels at{((image_ * images_.h + y) * images_.w + x) * images_.pixel, images_.w * images_.pixel, images_.pixel,
                  0, true};
    at.whole = y >= 0 && x >= 0 && y + size <= images_.h && x + size <= images_.w;
    if (at.whole) return at;
    std::uint64_t columns = 0;
    for (int j = 0; j < size; ++j) columns |= std::uint64_t{x + j >= 0 && x + j < images_.w} << j;
    for (int i = 0; i < size; ++i)
      if (y + i >= 0 && y + i < images_.h) at.there |= columns << (i * size);
    return at;
  }

 private:
  TileImages images_;
  std::int64_t rows_, columns_;  // tiles of an image
  std::int64_t image_, row_, column_;
};

/// Calls body(tile number, pixels, whole) for each tile of a range; `whole` is std::bool_constant, so that tiles inside
/// of the image are free of tests.
template <int size, class Body>
void for_tiles(const TileRange& tiles, const TileImages& images, const Body& body) {
  TileWalk walk(tiles, images);
  for (std::int64_t t = 0; t < tiles.count; ++t, walk.next()) {
    const TilePixels at = walk.pixels<size>();
    if (at.whole)
      body(t, at, std::true_type());
    else
      body(t, at, std::false_type());
  }
}

}  // namespace cnnctl::kernels
