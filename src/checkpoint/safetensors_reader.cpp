// Safetensors::open of safetensors.hpp: proves the file, then hands out its values.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "checkpoint/foreign.hpp"
#include "checkpoint/safetensors.hpp"
#include "checkpoint/safetensors_header.hpp"

namespace cnnctl {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian, and so is every target");

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kLongestHeader = 100'000'000;  // of the reference implementation: decimal
constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 40;
constexpr std::uint64_t kBeginning = 4096;                 // of a file of another kind
constexpr std::uint64_t kPiece = std::uint64_t{64} << 10;  // a multiple of every type's size

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16, exponent = (half >> 10) & 0x1Fu, fraction = half & 0x3FFu;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24, exact in float
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide_exponent = exponent == 0x1F ? 0xFFu : exponent + 112;
  return std::bit_cast<float>(sign | (wide_exponent << 23) | (fraction << 13));
}

float bfloat_to_float(std::uint16_t value) { return std::bit_cast<float>(std::uint32_t{value} << 16); }

/// The bytes as `Stored` values, each turned into a T and written from `to` on.
template <class Stored, class T, class Turn>
void decode(std::string_view bytes, T* to, const Turn& turn) {
  const std::size_t count = bytes.size() / sizeof(Stored);
  for (std::size_t i = 0; i < count; ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));  // the data may be unaligned
    to[i] = static_cast<T>(turn(stored));
  }
}

template <class T>
void decode(std::string_view dtype, std::string_view bytes, T* to) {
  if (dtype == "F32") return decode<float>(bytes, to, [](float x) { return x; });
  if (dtype == "F64") return decode<double>(bytes, to, [](double x) { return x; });
  if (dtype == "F16") return decode<std::uint16_t>(bytes, to, half_to_float);
  decode<std::uint16_t>(bytes, to, bfloat_to_float);
}

void require_float(const std::string& path, const TensorEntry& entry) {
  if (entry.is_float()) return;
  throw CheckpointError(path,
                        fmt::format("tensor '{}' is {}, expected F32, F64, F16 or BF16", entry.name, entry.dtype));
}

}  // namespace

std::int64_t TensorEntry::count() const {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

bool TensorEntry::is_float() const { return dtype == "F32" || dtype == "F64" || dtype == "F16" || dtype == "BF16"; }

std::string TensorEntry::shape_str() const {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

Safetensors Safetensors::open(const std::string& path) { return {path, {}, FileReader(path, kLargestFile)}; }

Safetensors Safetensors::from_bytes(std::string content, const std::string& path) {
  return {path, std::move(content), std::nullopt};
}

Safetensors::Safetensors(std::string path, std::string content, std::optional<FileReader> file)
    : path_(std::move(path)), content_(std::move(content)), file_(std::move(file)) {
  try {
    const std::uint64_t size = file_bytes();
    std::string beginning(std::min(size, kBeginning), '\0');
    read_bytes(0, beginning);
    if (const auto foreign = in_place_of_weights(beginning)) throw CheckpointError(path_, *foreign);
    if (size < kLengthBytes) throw HeaderError(fmt::format("{} bytes, the length of the header alone takes 8", size));
    std::uint64_t length = 0;
    read_bytes(0, std::span(reinterpret_cast<char*>(&length), kLengthBytes));
    if (length > kLongestHeader)
      throw HeaderError(fmt::format("a header of {} bytes, at most {} are allowed", length, kLongestHeader));
    if (length > size - kLengthBytes)
      throw HeaderError(fmt::format("truncated: a header of {} bytes in a file of {}", length, size));
    std::string text(length, '\0');
    read_bytes(kLengthBytes, text);
    data_begin_ = kLengthBytes + length;
    Header header = parse_header(text, size - data_begin_);
    verify_checksum(header);
    metadata_ = std::move(header.metadata);
    tensors_ = std::move(header.tensors);
  } catch (const HeaderError& error) {
    throw CheckpointError(path_, std::string("broken safetensors file: ") + error.what());
  }
  std::sort(tensors_.begin(), tensors_.end(),
            [](const TensorEntry& a, const TensorEntry& b) { return a.name < b.name; });
}

void Safetensors::verify_checksum(const Header& header) const {
  const auto stored = header.metadata.find(std::string(kChecksumKey));
  if (stored == header.metadata.end()) {
    const auto ours = header.metadata.lower_bound("cnnctl.");
    if (ours != header.metadata.end() && ours->first.starts_with("cnnctl."))
      throw HeaderError(fmt::format("metadata of cnnctl without its checksum ({})", kChecksumKey));
    return;
  }
  Checksum checksum(header.metadata, header.tensors);
  for (const TensorEntry& tensor : header.tensors) {
    RunningHash hash = checksum.begin_tensor();
    each_bytes(data_begin_ + tensor.begin, tensor.end - tensor.begin,
               [&](std::string_view bytes) { hash.add(std::as_bytes(std::span(bytes))); });
    checksum.end_tensor(hash);
  }
  if (checksum.str() != stored->second)
    throw HeaderError("the checksum does not match: the file was damaged or changed after cnnctl wrote it");
}

void Safetensors::read_bytes(std::uint64_t at, std::span<char> room) const {
  if (file_) return file_->read(at, room);
  std::memcpy(room.data(), content_.data() + at, room.size());
}

void Safetensors::each_bytes(std::uint64_t at, std::uint64_t count,
                             FunctionRef<void(std::string_view bytes)> take) const {
  std::string piece;
  for (const std::uint64_t end = at + count; at < end; at += piece.size()) {
    piece.resize(std::min(kPiece, end - at));
    read_bytes(at, piece);
    take(piece);
  }
}

const TensorEntry* Safetensors::find(std::string_view name) const {
  const auto entry = std::lower_bound(tensors_.begin(), tensors_.end(), name,
                                      [](const TensorEntry& e, std::string_view wanted) { return e.name < wanted; });
  return entry != tensors_.end() && entry->name == name ? &*entry : nullptr;
}

std::string Safetensors::bytes(const TensorEntry& entry) const {
  std::string bytes(entry.end - entry.begin, '\0');
  read_bytes(data_begin_ + entry.begin, bytes);
  return bytes;
}

template <class T>
void Safetensors::decode_into(const TensorEntry& entry, T* to) const {
  require_float(path_, entry);
  each_bytes(data_begin_ + entry.begin, entry.end - entry.begin, [&](std::string_view bytes) {
    decode(entry.dtype, bytes, to);
    to += bytes.size() * 8 / static_cast<std::size_t>(dtype_bits(entry.dtype));
  });
}

template <class T>
std::vector<T> Safetensors::values(const TensorEntry& entry) const {
  require_float(path_, entry);  // before its size is believed
  std::vector<T> values(static_cast<std::size_t>(entry.count()));
  decode_into(entry, values.data());
  return values;
}

std::vector<real> Safetensors::reals(const TensorEntry& entry) const { return values<real>(entry); }

std::vector<double> Safetensors::doubles(const TensorEntry& entry) const { return values<double>(entry); }

void Safetensors::read(const TensorEntry& entry, std::span<real> to) const {
  CNNCTL_CHECK_EQ(static_cast<std::int64_t>(to.size()), entry.count());
  decode_into(entry, to.data());
}

void Safetensors::each_piece(const TensorEntry& entry, FunctionRef<void(std::span<const double> values)> take) const {
  require_float(path_, entry);
  std::vector<double> values;
  each_bytes(data_begin_ + entry.begin, entry.end - entry.begin, [&](std::string_view bytes) {
    values.resize(bytes.size() * 8 / static_cast<std::size_t>(dtype_bits(entry.dtype)));
    decode(entry.dtype, bytes, values.data());
    take(values);
  });
}

}  // namespace cnnctl
