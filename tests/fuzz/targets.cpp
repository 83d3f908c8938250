#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include "base/temporary_folder.hpp"
#include "fuzz/target.hpp"

namespace cnnctl::fuzz {
namespace {

const testing::TemporaryFolder& scratch() {
  static const testing::TemporaryFolder folder;
  return folder;
}

}  // namespace

std::span<const Target* const> targets() {
  static constexpr std::array kTargets = {&kConfig, &kSafetensors, &kIdx, &kCifar, &kNpy, &kPicture, &kCommandLine};
  return kTargets;
}

const std::string& scratch_folder() { return scratch().path(); }

std::string write_scratch(std::string_view name, std::string_view content) { return scratch().write(name, content); }

void remove_scratch(std::string_view name) { std::filesystem::remove(scratch() / name); }

std::string_view Parts::take(std::size_t size) {
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(taken.size());
  return taken;
}

unsigned Parts::byte() {
  const std::string_view one = take(1);
  return one.empty() ? 0 : static_cast<unsigned char>(one[0]);
}

std::string_view Parts::part() {
  const unsigned low = byte();
  return take(low + 256 * byte());
}

void mend_gzip(std::span<char> bytes) {
  constexpr std::size_t kHeader = 10, kTrailer = 8, kMost = std::size_t{1} << 16;
  if (bytes.size() < kHeader + kTrailer || bytes[0] != '\x1f' || bytes[1] != '\x8b' || bytes[3] != 0) return;
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return;
  std::vector<Bytef> out(kMost);
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data() + kHeader);
  stream.avail_in = static_cast<uInt>(bytes.size() - kHeader);
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in >= kTrailer;
  const std::size_t at = bytes.size() - stream.avail_in;
  const uLong checksum = crc32(0, out.data(), static_cast<uInt>(stream.total_out)), size = stream.total_out;
  inflateEnd(&stream);
  for (std::size_t i = 0; whole && i < 4; ++i) {
    bytes[at + i] = static_cast<char>(checksum >> (8 * i));
    bytes[at + 4 + i] = static_cast<char>(size >> (8 * i));
  }
}

}  // namespace cnnctl::fuzz
