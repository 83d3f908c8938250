// Pictures as bytes: decoding, resizing, writing. Knows JPEG, PNG and BMP; knows no dataset and no normalisation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cnnctl {

/// Pixels, (H, W, C), C is 1 (grey) or 3 (red, green, blue).
template <class T>
struct PictureOf {
  std::int64_t height = 0, width = 0, channels = 0;
  std::vector<T> pixels;
  bool cut = false;  // the file has 16 bits a sample, of which these are the upper 8
};
/// Of 8 bits.
using Picture = PictureOf<std::uint8_t>;
/// Of numbers in 0..1, which keep every level of 16 bits.
using DeepPicture = PictureOf<float>;

/// What becomes of the orientation that EXIF keeps beside the pixels of a JPEG or PNG.
enum class Orientation {
  apply,   // the picture is turned and mirrored as it is meant to be seen
  ignore,  // the pixels stay as they are stored
};

/// Larger pictures are refused before memory is taken for them.
constexpr std::int64_t kMaxPictureSide = 32768;
constexpr std::int64_t kMaxPicturePixels = std::int64_t{64} << 20;

/// Decodes a whole file to `channels` (1 or 3) channels. The first bytes decide the format, not the name; `path` is for
/// messages only. Throws DataError for what is not JPEG, PNG or BMP, too large, damaged or incomplete.
///
/// The rules: palettes are expanded; 16-bit samples keep their high byte (PictureOf::cut); transparency is laid over
/// white; CMYK becomes RGB without colour profile; grey from colour is (299 R + 587 G + 114 B) / 1000, rounded, as in
/// Pillow; profiles and gamma are ignored, as by Pillow and torchvision; EXIF's orientation is not, unless so said.
Picture decode(std::string_view bytes, const std::string& path, std::int64_t channels,
               Orientation orientation = Orientation::apply);

/// The same with all bits that the file has: a sample of 16 bits is divided by 65535, one of 8 bits by 255.
DeepPicture decode_deep(std::string_view bytes, const std::string& path, std::int64_t channels,
                        Orientation orientation = Orientation::apply);

/// Reads and decodes a file. Throws DataError also for a file that is missing or no regular file.
Picture read_picture(const std::string& path, std::int64_t channels, Orientation orientation = Orientation::apply);

/// Scales to exactly height x width: separable triangle filter, widened when shrinking (antialiased), in fixed point,
/// the same method as Pillow's BILINEAR. A picture that has the size already is returned unchanged.
Picture resize(const Picture& picture, std::int64_t height, std::int64_t width);
/// The same filter over numbers of any range.
DeepPicture resize(const DeepPicture& picture, std::int64_t height, std::int64_t width);

/// The middle of a picture that is at least that large; of two middles the upper, or the left one.
template <class T>
PictureOf<T> centre_of(const PictureOf<T>& picture, std::int64_t height, std::int64_t width);

/// A JPEG of this quality, 1 to 100, with colours at half the resolution (4:2:0), as Pillow's and torchvision's.
std::string encode_jpeg(const Picture& picture, int quality);

/// Writes a PNG, atomically.
void write_png(const std::string& path, const Picture& picture);

}  // namespace cnnctl
