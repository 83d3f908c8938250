// Blocks of EXIF, and files that hold one.
#pragma once

#include <string>

namespace cnnctl::testing {

/// A directory of one entry, the orientation, in the given byte order.
inline std::string exif_block(int orientation, bool big) {
  const auto number = [big](unsigned value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (big ? bytes - 1 - i : i));
    return text;
  };
  return (big ? "MM" : "II") + number(42, 2) + number(8, 4) + number(1, 2) + number(0x0112, 2) + number(3, 2) +
         number(1, 4) + number(static_cast<unsigned>(orientation), 2) + number(0, 2) + number(0, 4);
}

/// A JPEG with the block in a marker behind its first two bytes.
inline std::string with_exif(const std::string& jpeg, const std::string& block) {
  const std::string content = std::string("Exif\0\0", 6) + block;
  const std::size_t length = content.size() + 2;
  const std::string marker = {'\xff', '\xe1', static_cast<char>(length >> 8), static_cast<char>(length & 255)};
  return jpeg.substr(0, 2) + marker + content + jpeg.substr(2);
}

}  // namespace cnnctl::testing
