#include "data/idx_file.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/data_file.hpp"
#include "base/error.hpp"
#include "base/file_reader.hpp"
#include "base/nan.hpp"
#include "data/gzip.hpp"
#include "data/read_all.hpp"
#include "picture/picture.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

struct TypeWords {
  IdxType type;
  std::size_t bytes;
};
constexpr TypeWords kIdxTypes[] = {{IdxType::u8, 1},  {IdxType::i8, 1},  {IdxType::i16, 2},
                                   {IdxType::i32, 4}, {IdxType::f32, 4}, {IdxType::f64, 8}};

constexpr int kMostRank = 4;
constexpr std::size_t kLongestHeader = 4 + 4 * kMostRank;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;  // of one sample

/// The bits of a value in the order of this machine.
template <class Bits>
Bits bits_at(const std::uint8_t* at) {
  Bits bits = 0;
  for (std::size_t i = 0; i < sizeof(Bits); ++i) bits = static_cast<Bits>(bits << 8 | at[i]);
  return bits;
}

float float_at(IdxType type, const std::uint8_t* at) {
  switch (type) {
    case IdxType::u8:
      return *at;
    case IdxType::i8:
      return static_cast<std::int8_t>(*at);
    case IdxType::i16:
      return static_cast<std::int16_t>(bits_at<std::uint16_t>(at));
    case IdxType::i32:
      return static_cast<float>(static_cast<std::int32_t>(bits_at<std::uint32_t>(at)));
    case IdxType::f32:
      return std::bit_cast<float>(bits_at<std::uint32_t>(at));
    case IdxType::f64:
      break;
  }
  return static_cast<float>(std::bit_cast<double>(bits_at<std::uint64_t>(at)));
}

/// The header, from the first bytes of a file; proves that the product of the sizes is one that can be computed with.
IdxHeader parse_header(std::string_view head, const std::string& path) {
  const auto byte = [head](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(head[i])}; };
  if (head.size() < 8) throw DataError(path, fmt::format("is too short for an IDX header: {} bytes", head.size()));
  const auto known = std::ranges::find(kIdxTypes, static_cast<IdxType>(byte(2)), &TypeWords::type);
  const std::uint32_t rank = byte(3);
  if (byte(0) != 0 || byte(1) != 0 || known == std::end(kIdxTypes) || rank < 1 || rank > kMostRank)
    throw DataError(path,
                    fmt::format("begins with {:02x} {:02x} {:02x} {:02x}, which is no IDX: expected 00 00, a type "
                                "(08 unsigned bytes, 09 bytes, 0b 16 bits, 0c 32 bits, 0d float, 0e double) and "
                                "the number of dimensions (01 to 04)",
                                byte(0), byte(1), byte(2), byte(3)));
  IdxHeader header{known->type, std::vector<std::int64_t>(rank)};
  if (head.size() < header.bytes())
    throw DataError(path, fmt::format("is too short for an IDX header of {} bytes", header.bytes()));
  std::int64_t values = 1;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t at = 4 + 4 * i;
    const std::uint32_t size = byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
    header.sizes[i] = size;
    if (size == 0) throw DataError(path, fmt::format("has a dimension of size 0 at offset {}", at));
    if (i == 0) continue;
    const bool is_side = rank >= 3 && i + 2 >= rank;
    if (is_side && size > kMaxPictureSide)
      throw DataError(path,
                      fmt::format("has images of {} pixels a side, at most {} are allowed", size, kMaxPictureSide));
    if (size > kLargestSize)
      throw DataError(path, fmt::format("has a dimension of size {}, at most {} are allowed", size, kLargestSize));
    values *= size;
  }
  const std::int64_t bytes = values * static_cast<std::int64_t>(known->bytes);  // < 2^24 * 2^15 * 2^15 * 2^3
  if (bytes > kMostBytes)
    throw DataError(path, fmt::format("has samples of {} bytes, at most {} are allowed", bytes, kMostBytes));
  return header;
}

void require_size(const std::string& path, const IdxHeader& header, std::uint64_t bytes) {
  if (bytes != header.file_bytes())
    throw DataError(path, fmt::format("holds {} bytes, its header asks for {}", bytes, header.file_bytes()));
}

void require_ratio(const std::string& path, const IdxHeader& header, std::uint64_t packed) {
  constexpr std::uint64_t kMostRatio = 1100;  // deflate cannot do better than 1032
  if (header.file_bytes() / kMostRatio > packed)
    throw DataError(
        path, fmt::format("{} bytes of gzip cannot hold the {} that the header asks for", packed, header.file_bytes()));
}

/// Calls put(from, to) for every value, `to` counting in the order of memory; samples side by side.
template <class Put>
void each_value(const IdxFile& file, std::int64_t channels, const Workers& workers, const Put& put) {
  constexpr std::int64_t kTaskValues = 65536;
  const std::int64_t values = file.header.values(), positions = values / channels;
  const std::int64_t step = std::max<std::int64_t>(1, kTaskValues / values), samples = file.header.samples();
  read_in_order(pieces(samples, step), workers, [&](std::int64_t task, int) {
    for (std::int64_t s = task * step; s < std::min((task + 1) * step, samples); ++s)
      for (std::int64_t c = 0; c < channels; ++c)
        for (std::int64_t p = 0; p < positions; ++p)
          put(s * values + c * positions + p, static_cast<std::size_t>(s * values + p * channels + c));
  });
}

}  // namespace

std::size_t bytes_of(IdxType type) { return std::ranges::find(kIdxTypes, type, &TypeWords::type)->bytes; }

std::int64_t IdxHeader::values() const {
  std::int64_t values = 1;
  for (std::size_t i = 1; i < sizes.size(); ++i) values *= sizes[i];
  return values;
}

std::uint64_t IdxHeader::file_bytes() const {  // < 2^32 * 2^30
  return bytes() + static_cast<std::uint64_t>(samples()) * static_cast<std::uint64_t>(values()) * bytes_of(type);
}

IdxHeader read_idx_header(const std::string& path) {
  require_data_file(path);
  constexpr std::size_t kPackedHead = std::size_t{64} << 10;  // gzip may say a name first
  const FileReader file(path, ~std::uint64_t{0});
  std::array<char, kPackedHead> room{};
  std::size_t size = 0;
  while (const std::size_t got = file.read_some(size, std::span(room).subspan(size))) size += got;
  const std::string_view head(room.data(), size);
  if (is_gzip(head)) {
    const IdxHeader header = parse_header(gunzip_prefix(head, kLongestHeader), path);
    require_ratio(path, header, file.size());
    return header;
  }
  const IdxHeader header = parse_header(head, path);
  require_size(path, header, file.size());
  return header;
}

std::int32_t IdxFile::whole(std::int64_t i) const {
  const std::uint8_t* const at = bytes.data() + offset(i);
  return header.type == IdxType::i32 ? static_cast<std::int32_t>(bits_at<std::uint32_t>(at))
                                     : static_cast<std::int32_t>(float_at(header.type, at));
}

IdxFile read_idx(const std::string& path, const Workers& workers) {
  expect_memory(path, read_idx_header(path).file_bytes());
  IdxFile read{path, {}, read_data(path, workers)};
  const std::string_view content = text_of(read.bytes);
  if (!is_gzip(content)) {
    read.header = parse_header(content, path);
    require_size(path, read.header, content.size());
    return read;
  }
  read.header = parse_header(gunzip_prefix(content, kLongestHeader), path);
  require_ratio(path, read.header, content.size());
  const std::uint64_t whole = read.header.file_bytes();
  expect_memory(path, whole);
  Bytes unpacked;
  unpacked.resize(whole);
  gunzip(content, path, unpacked, workers);
  read.bytes = std::move(unpacked);
  return read;
}

Bytes idx_floats(const IdxFile& file, std::int64_t channels, const Workers& workers) {
  const auto count = static_cast<std::uint64_t>(file.header.samples() * file.header.values());
  expect_memory(file.path, count * sizeof(float));
  Bytes values;
  values.resize(count * sizeof(float));
  each_value(file, channels, workers, [&](std::int64_t from, std::size_t to) {
    const float value = float_at(file.header.type, file.bytes.data() + file.offset(from));
    if (!std::isfinite(value))
      throw DataError(file.path, fmt::format("the value at offset {}, of sample {}, is {}, not a finite float",
                                             file.offset(from), from / file.header.values(), unsigned_nan(value)));
    std::memcpy(values.data() + to * sizeof value, &value, sizeof value);
  });
  return values;
}

Bytes idx_bytes(const IdxFile& file, std::int64_t channels, const Workers& workers) {
  Bytes values;
  values.resize(static_cast<std::size_t>(file.header.samples() * file.header.values()));
  each_value(file, channels, workers,
             [&](std::int64_t from, std::size_t to) { values[to] = file.bytes[file.offset(from)]; });
  return values;
}

}  // namespace cnnctl
