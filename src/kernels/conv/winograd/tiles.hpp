// Where the tiles of Winograd's transforms stand among the pixels of the images. Knows positions; knows no values.
#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/conv/winograd/winograd.hpp"

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
      : tiles_(tiles),
        images_(images),
        row_step_(images.down * images.w * images.pixel),
        pixel_step_(images.across * images.pixel) {
    const std::int64_t place = tiles.first % (tiles.rows * tiles.columns);
    row_ = place / tiles.columns;
    column_ = place % tiles.columns;
    begin_phase(tiles.first / (tiles.rows * tiles.columns));
    begin_row();
    x_ += column_ * kWinogradOut * images_.across;
    first_ += column_ * kWinogradOut * pixel_step_;
  }

  void next() {
    x_ += kWinogradOut * images_.across;
    first_ += kWinogradOut * pixel_step_;
    if (++column_ < tiles_.columns) return;
    column_ = 0;
    if (++row_ == tiles_.rows) {
      row_ = 0;
      begin_phase(phase_ + 1);
    }
    begin_row();
  }

  template <int size>
  TilePixels pixels() const {
    const std::int64_t down = images_.down, across = images_.across;
    TilePixels at{first_, row_step_, pixel_step_, 0, true};
    at.whole = y_ >= 0 && x_ >= 0 && y_ + (size - 1) * down < images_.h && x_ + (size - 1) * across < images_.w;
    if (at.whole) return at;
    std::uint64_t columns = 0;
    for (int j = 0; j < size; ++j) columns |= std::uint64_t{x_ + j * across >= 0 && x_ + j * across < images_.w} << j;
    for (int i = 0; i < size; ++i)
      if (y_ + i * down >= 0 && y_ + i * down < images_.h) at.there |= columns << (i * size);
    return at;
  }

 private:
  void begin_phase(std::int64_t phase) {
    const std::int64_t phases = tiles_.phase_rows * tiles_.phase_columns;
    phase_ = phase;
    image_ = phase / phases;
    top_ = images_.top + phase % phases / tiles_.phase_columns;
    left_ = images_.left + phase % tiles_.phase_columns;
  }
  void begin_row() {
    y_ = row_ * kWinogradOut * images_.down + top_;
    x_ = left_;
    first_ = ((image_ * images_.h + y_) * images_.w + x_) * images_.pixel;
  }

  TileRange tiles_;
  TileImages images_;
  std::int64_t row_step_, pixel_step_;         // from a pixel of a tile to the next, in values
  std::int64_t phase_, image_, row_, column_;  // of all images; within the phase
  std::int64_t top_, left_;                    // where the phase's first tile begins
  std::int64_t y_, x_, first_;                 // where the tile begins, and its first value
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
