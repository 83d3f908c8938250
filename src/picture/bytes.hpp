// Whole numbers in the headers of pictures, of either byte order. Positions must lie inside of the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cnnctl {

inline std::uint32_t byte_at(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

inline std::uint32_t big_endian(std::string_view bytes, std::size_t i) {
  return byte_at(bytes, i) << 24 | byte_at(bytes, i + 1) << 16 | byte_at(bytes, i + 2) << 8 | byte_at(bytes, i + 3);
}

inline std::uint32_t little_endian(std::string_view bytes, std::size_t i) {
  return byte_at(bytes, i + 3) << 24 | byte_at(bytes, i + 2) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i);
}

}  // namespace cnnctl
