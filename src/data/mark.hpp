// What tells one sample's contents from any other's.
#pragma once

#include <cstdint>

namespace cnnctl {

/// A hash of a sample's contents; or, as long as nobody has read its file, the file's size.
struct Mark {
  std::int64_t bits = 0;  // below 0: 63 bits of a hash; otherwise bytes

  static Mark of_size(std::uint64_t bytes) { return {static_cast<std::int64_t>(bytes & ~kSign)}; }
  static Mark of_hash(std::uint64_t hash) { return {static_cast<std::int64_t>(hash | kSign)}; }
  static constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

  bool is_of_contents() const { return bits < 0; }
  bool operator==(const Mark&) const = default;
};

}  // namespace cnnctl
