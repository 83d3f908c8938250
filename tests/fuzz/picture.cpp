// A picture: PNG, BMP or JPEG, with EXIF, decoded to grey and to RGB.
#include "picture/picture.hpp"

#include <zlib.h>

#include "base/error.hpp"
#include "fuzz/target.hpp"

namespace cnnctl::fuzz {
namespace {

bool read(std::string_view bytes) {
  int good = 0;
  for (const std::int64_t channels : {1, 3}) {
    for (const Orientation orientation : {Orientation::apply, Orientation::ignore}) {
      try {
        const Picture picture = decode(bytes, "fuzz", channels, orientation);
        require(static_cast<std::int64_t>(picture.pixels.size()) == picture.height * picture.width * channels,
                "as many pixels as the size says");
        ++good;
      } catch (const DataError&) {
      }
    }
  }
  require(good == 0 || good == 4, "whether a picture is whole does not hang on what is made of it");
  return good > 0;
}

/// The checksums of a PNG's chunks.
void mend(std::span<char> bytes) {
  constexpr std::size_t kSignature = 8, kAround = 12;  // length, name and checksum of a chunk
  if (bytes.size() < kSignature || bytes[1] != 'P') return;
  for (std::size_t at = kSignature; at + kAround <= bytes.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(bytes[at + i]);
    if (length > bytes.size() - at - kAround) return;
    const uLong checksum = crc32(0, reinterpret_cast<const Bytef*>(&bytes[at + 4]), static_cast<uInt>(length + 4));
    at += 8 + length;
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(checksum >> (24 - 8 * i));
    at += 4;
  }
}

}  // namespace

const Target kPicture{"picture", read, mend};

}  // namespace cnnctl::fuzz
