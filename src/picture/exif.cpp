#include "picture/exif.hpp"

#include <algorithm>

#include "picture/bytes.hpp"

namespace cnnctl {
namespace {

/// A block with its byte order; positions are proved before they are read.
class Tiff {
 public:
  explicit Tiff(std::string_view bytes) : bytes_(bytes), big_(bytes.starts_with("MM")) {}

  bool holds(std::uint64_t at, std::uint64_t count) const { return at <= bytes_.size() && count <= bytes_.size() - at; }
  std::uint32_t two(std::size_t at) const {
    const std::uint32_t a = byte_at(bytes_, at), b = byte_at(bytes_, at + 1);
    return big_ ? a << 8 | b : b << 8 | a;
  }
  std::uint32_t four(std::size_t at) const {
    const std::uint32_t a = two(at), b = two(at + 2);
    return big_ ? a << 16 | b : b << 16 | a;
  }
  bool good() const { return holds(0, 8) && (big_ || bytes_.starts_with("II")) && two(2) == 42; }

 private:
  std::string_view bytes_;
  bool big_;
};

}  // namespace

int exif_orientation(std::string_view block) {
  constexpr std::uint32_t kOrientation = 0x0112, kShort = 3;
  constexpr std::size_t kEntry = 12;
  const Tiff tiff(block);
  if (!tiff.good()) return 1;
  const std::size_t directory = tiff.four(4);
  if (!tiff.holds(directory, 2)) return 1;
  const std::size_t entries = tiff.two(directory);
  for (std::size_t i = 0, at = directory + 2; i < entries && tiff.holds(at, kEntry); ++i, at += kEntry) {
    if (tiff.two(at) != kOrientation || tiff.two(at + 2) != kShort || tiff.four(at + 4) != 1) continue;
    const std::uint32_t value = tiff.two(at + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

int png_orientation(std::string_view bytes) {
  constexpr std::size_t kSignature = 8, kAround = 12;  // length, name and checksum of a chunk
  for (std::size_t at = kSignature; bytes.size() - at >= kAround;) {
    const std::size_t length = big_endian(bytes, at);
    if (length > bytes.size() - at - kAround) break;
    if (bytes.substr(at + 4, 4) == "eXIf") return exif_orientation(bytes.substr(at + 8, length));
    at += kAround + length;
  }
  return 1;
}

template <class T>
PictureOf<T> upright(PictureOf<T> picture, int orientation) {
  if (orientation < 2 || orientation > 8) return picture;
  const bool turned = orientation >= 5;  // rows become columns
  const std::int64_t height = picture.height, width = picture.width, channels = picture.channels;
  PictureOf<T> result = picture;
  result.height = turned ? width : height;
  result.width = turned ? height : width;
  const bool from_last_row = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool from_last_column = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  T* to = result.pixels.data();
  for (std::int64_t y = 0; y < result.height; ++y) {
    for (std::int64_t x = 0; x < result.width; ++x) {
      // Where the pixel that is seen here stands in the file.
      const std::int64_t a = turned ? x : y, b = turned ? y : x;
      const std::int64_t row = from_last_row ? height - 1 - a : a, column = from_last_column ? width - 1 - b : b;
      to = std::copy_n(picture.pixels.data() + (row * width + column) * channels, channels, to);
    }
  }
  return result;
}

template Picture upright(Picture picture, int orientation);
template DeepPicture upright(DeepPicture picture, int orientation);

}  // namespace cnnctl
