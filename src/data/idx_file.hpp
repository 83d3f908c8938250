// IDX, MNIST's container: a big-endian magic number that says type and rank, the sizes, then the values. Knows arrays;
// knows neither pictures nor labels.
// Format: yann.lecun.com/exdb/mnist.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/fresh.hpp"
#include "base/workers.hpp"

namespace cnnctl {

/// The type of all values of a file, by the number that its third byte gives it.
enum class IdxType : std::uint8_t { u8 = 0x08, i8 = 0x09, i16 = 0x0b, i32 = 0x0c, f32 = 0x0d, f64 = 0x0e };

std::size_t bytes_of(IdxType type);
constexpr bool is_whole(IdxType type) { return type < IdxType::f32; }

/// What stands before the values.
struct IdxHeader {
  IdxType type = IdxType::u8;
  std::vector<std::int64_t> sizes;  // one to four, the samples' number first

  std::size_t bytes() const { return 4 + 4 * sizes.size(); }
  std::int64_t samples() const { return sizes[0]; }
  /// Values of one sample.
  std::int64_t values() const;
  /// Bytes of the whole file, unpacked.
  std::uint64_t file_bytes() const;
};

/// Reads the header alone, of a plain or a gzipped file. Throws DataError, and also if the size of a plain file is not
/// what its header asks for.
IdxHeader read_idx_header(const std::string& path);

struct IdxFile {
  std::string path;
  IdxHeader header;
  Bytes bytes;  // unpacked, header included

  /// Where value i stands, as an offset in the unpacked file.
  std::size_t offset(std::int64_t i) const {
    return header.bytes() + static_cast<std::size_t>(i) * bytes_of(header.type);
  }
  /// Value i of a file of whole numbers.
  std::int32_t whole(std::int64_t i) const;
};

/// Reads a file whose size must agree with its header exactly. Throws DataError; MemoryError before it is read if there
/// is less memory than that.
IdxFile read_idx(const std::string& path, const Workers& workers);

/// The values of all samples as floats, 4 bytes each. A sample in the file is (channels, positions), here (positions,
/// channels). Throws DataError with sample and offset of the first value that is not finite.
Bytes idx_floats(const IdxFile& file, std::int64_t channels, const Workers& workers);
/// The same of a file of unsigned bytes, as bytes.
Bytes idx_bytes(const IdxFile& file, std::int64_t channels, const Workers& workers);

}  // namespace cnnctl
