// Proofs that a PNG or BMP is whole. stb_image checks no checksum, unpacks image data without a limit and takes bytes
// behind the end of a BMP for zeros; what gets past this file is safe to hand to it.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/error.hpp"
#include "picture/bytes.hpp"
#include "picture/formats.hpp"

namespace cnnctl {
namespace {

/// Bytes that the rows of width x height pixels take, a filter byte before each.
std::uint64_t rows_bytes(std::uint64_t width, std::uint64_t height, std::uint64_t bits) {
  return width == 0 ? 0 : height * (1 + (width * bits + 7) / 8);
}

/// Bytes of unpacked image data that a header (the 13 bytes of IHDR) asks for.
std::uint64_t image_bytes(std::string_view header, const std::string& path) {
  const std::uint64_t width = big_endian(header, 0), height = big_endian(header, 4);
  check_picture_size(path, static_cast<std::int64_t>(width), static_cast<std::int64_t>(height));
  const std::uint32_t depth = byte_at(header, 8), colour = byte_at(header, 9), interlace = byte_at(header, 12);
  constexpr std::array<std::uint32_t, 7> kSamples{1, 0, 3, 1, 2, 0, 4};
  const bool legal_depth = depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
  if (colour >= kSamples.size() || kSamples[colour] == 0 || !legal_depth || interlace > 1)
    throw DataError(path, fmt::format("damaged PNG: colour type {}, depth {}, interlace {}", colour, depth, interlace));
  const std::uint64_t bits = std::uint64_t{depth} * kSamples[colour];
  if (interlace == 0) return rows_bytes(width, height, bits);
  struct Pass {
    std::uint64_t x, y, dx, dy;
  };
  constexpr Pass kAdam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                             {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  std::uint64_t total = 0;
  for (const Pass& p : kAdam7)
    total += rows_bytes((width - std::min(width, p.x) + p.dx - 1) / p.dx,
                        (height - std::min(height, p.y) + p.dy - 1) / p.dy, bits);
  return total;
}

/// Unpacks image data piece by piece and counts what comes out.
class ImageData {
 public:
  ImageData(const std::string& path, std::uint64_t expected) : path_(path), expected_(expected) {
    if (inflateInit(&stream_) != Z_OK) throw MemoryError("no memory to unpack a PNG");
  }
  ~ImageData() { inflateEnd(&stream_); }
  ImageData(const ImageData&) = delete;
  ImageData& operator=(const ImageData&) = delete;

  void feed(std::string_view piece) {
    std::array<Bytef, 16384> out;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));  // zlib does not write here
    stream_.avail_in = static_cast<uInt>(piece.size());
    while (status_ == Z_OK && (stream_.avail_in > 0 || stream_.avail_out == 0)) {
      stream_.next_out = out.data();
      stream_.avail_out = static_cast<uInt>(out.size());
      status_ = inflate(&stream_, Z_NO_FLUSH);
      count_ += out.size() - stream_.avail_out;
      if (count_ > expected_)
        throw DataError(path_, fmt::format("damaged PNG: more than {} bytes of image data", expected_));
      if (status_ == Z_BUF_ERROR) status_ = Z_OK;  // wants the next piece
      if (status_ != Z_OK && status_ != Z_STREAM_END)
        throw DataError(path_, fmt::format("damaged PNG: {}", stream_.msg != nullptr ? stream_.msg : "image data"));
    }
  }

  void finish() const {
    if (status_ != Z_STREAM_END || count_ != expected_)
      throw DataError(path_, fmt::format("incomplete PNG: {} of {} bytes of image data", count_, expected_));
  }

 private:
  const std::string& path_;
  std::uint64_t expected_, count_ = 0;
  z_stream stream_{};
  int status_ = Z_OK;
};

/// One chunk: its name and content; proves length and checksum.
struct Chunk {
  std::string_view name, content;
};

Chunk read_chunk(std::string_view bytes, std::size_t at, const std::string& path) {
  constexpr std::size_t kAround = 12;  // length, name, checksum
  if (bytes.size() - at < kAround) throw DataError(path, fmt::format("incomplete PNG: ends at byte {}", bytes.size()));
  const std::size_t length = big_endian(bytes, at);
  if (length > bytes.size() - at - kAround)
    throw DataError(path, fmt::format("incomplete PNG: ends at byte {}, a part of {} bytes begins at {}", bytes.size(),
                                      length, at));
  const std::string_view checked = bytes.substr(at + 4, 4 + length);
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  if (sum != big_endian(bytes, at + 8 + length))
    throw DataError(path, fmt::format("damaged PNG: wrong checksum of the part at byte {}", at));
  return {checked.substr(0, 4), checked.substr(4)};
}

}  // namespace

void check_png(std::string_view bytes, const std::string& path) {
  constexpr std::size_t kSignature = 8;
  std::size_t at = kSignature;
  const Chunk header = read_chunk(bytes, at, path);
  if (header.name != "IHDR" || header.content.size() != 13) throw DataError(path, "damaged PNG: has no header");
  ImageData data(path, image_bytes(header.content, path));
  for (Chunk chunk = header; chunk.name != "IEND"; at += 12 + chunk.content.size()) {
    chunk = read_chunk(bytes, at, path);
    if (chunk.name == "IDAT") data.feed(chunk.content);
  }
  data.finish();
}

void check_bmp(std::string_view bytes, const std::string& path) {
  constexpr std::size_t kFileHeader = 14, kOldHeader = 12, kLeastInfo = 40;
  const auto cut = [&] {
    return DataError(path, fmt::format("incomplete BMP: its header ends at byte {}", bytes.size()));
  };
  if (bytes.size() < kFileHeader + kOldHeader) throw cut();
  const std::uint64_t offset = little_endian(bytes, 10), header = little_endian(bytes, 14);
  const bool old = header == kOldHeader;
  if (!old && header < kLeastInfo) throw DataError(path, fmt::format("damaged BMP: header of {} bytes", header));
  if (kFileHeader + header > bytes.size()) throw cut();
  std::int64_t width = 0, height = 0;
  if (old) {
    width = little_endian(bytes, 18) & 0xffff, height = little_endian(bytes, 18) >> 16;
  } else {
    width = static_cast<std::int32_t>(little_endian(bytes, 18));
    height = std::abs(std::int64_t{static_cast<std::int32_t>(little_endian(bytes, 22))});
  }
  check_picture_size(path, width, height);
  const std::uint64_t bits = (old ? little_endian(bytes, 22) : little_endian(bytes, 26)) >> 16;
  if (!old && little_endian(bytes, 30) != 0 && little_endian(bytes, 30) != 3)
    throw DataError(path, "is a compressed BMP; only plain ones can be read");
  const std::uint64_t row = (static_cast<std::uint64_t>(width) * bits + 31) / 32 * 4;
  const std::uint64_t whole = offset + row * static_cast<std::uint64_t>(height);
  if (offset < kFileHeader + header) throw DataError(path, fmt::format("damaged BMP: pixels begin at byte {}", offset));
  if (bytes.size() < whole)
    throw DataError(path, fmt::format("incomplete BMP: holds {} of {} bytes", bytes.size(), whole));
}

}  // namespace cnnctl
