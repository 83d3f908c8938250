// Small files of every format that tests read, whole or damaged on purpose.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace cnnctl::testing {

/// An IDX file with these sizes, of unsigned bytes or of the type of this number; `values` as they stand in the file.
std::string idx(const std::vector<std::uint32_t>& sizes, std::string_view values, char type = '\x08');
/// The bytes of numbers, each in big-endian order.
template <class T>
std::string big_endian(std::initializer_list<T> numbers) {
  std::string bytes;
  for (const T number : numbers) {
    const std::size_t begin = bytes.size();
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(begin), bytes.end());
  }
  return bytes;
}

std::string gzip(std::string_view content);

/// Numbers of a PNG's header.
struct PngHeader {
  std::uint32_t width, height;
  int depth = 8, colour = 2;  // colour: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
  int interlace = 0;
};
/// A PNG whose unpacked image data are `rows`, a filter byte before each row. `more` stands before the image data:
/// chunks made by png_chunk.
std::string png(const PngHeader& header, std::string_view rows, std::string_view more = "");
std::string png_chunk(std::string_view name, std::string_view content);
/// A PNG of one colour.
std::string plain_png(std::uint32_t width, std::uint32_t height, int r, int g, int b);

/// A plain BMP of 24 bits; pixels are (H, W, 3), red first.
std::string bmp(int width, int height, std::string_view pixels);

/// A JPEG of samples (H, W, channels): 1 grey, 3 RGB, 4 CMYK as Adobe stores it (255: no ink).
std::string jpeg(int width, int height, int channels, const std::vector<std::uint8_t>& samples,
                 bool progressive = false);

}  // namespace cnnctl::testing
