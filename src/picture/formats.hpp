// The decoders behind image.hpp: from the bytes of one format to samples as stored. Knows formats; knows no colours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cnnctl {

/// Samples as a file has them, 8 bits, (H, W, C): 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha, or CMYK.
struct RawPicture {
  std::int64_t height = 0, width = 0, channels = 0;
  bool cmyk = false;    // of the four channels; 255 is no ink
  int orientation = 1;  // of EXIF
  bool cut = false;     // from 16 bits
  std::vector<std::uint8_t> samples;
  std::vector<std::uint16_t> wide;  // in place of `samples`, where 16 bits were asked for and the file has them
};

/// Throws DataError, naming the picture's size, if it is larger than is allowed.
void check_picture_size(const std::string& path, std::int64_t width, std::int64_t height);

/// Proves, before a decoder sees them, that the bytes of a PNG are all there and undamaged (lengths, checksums, exactly
/// as much image data as the size asks for), or that those of a BMP are all there.
void check_png(std::string_view bytes, const std::string& path);
void check_bmp(std::string_view bytes, const std::string& path);

/// With `wide` the samples of a PNG of 16 bits are not cut.
RawPicture decode_png_or_bmp(std::string_view bytes, const std::string& path, bool wide = false);
RawPicture decode_jpeg(std::string_view bytes, const std::string& path);

}  // namespace cnnctl
