// Safetensors::open of safetensors.hpp: proves the file, then hands out its values.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

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

/// The header's text, its length proved against the file.
std::string_view header_of(std::string_view content) {
  if (content.size() < kLengthBytes)
    throw HeaderError(fmt::format("{} bytes, the length of the header alone takes 8", content.size()));
  std::uint64_t length = 0;
  std::memcpy(&length, content.data(), kLengthBytes);
  if (length > kLongestHeader)
    throw HeaderError(fmt::format("a header of {} bytes, at most {} are allowed", length, kLongestHeader));
  if (length > content.size() - kLengthBytes)
    throw HeaderError(fmt::format("truncated: a header of {} bytes in a file of {}", length, content.size()));
  return content.substr(kLengthBytes, length);
}

void verify_checksum(const Header& header, std::string_view data) {
  const auto stored = header.metadata.find(std::string(kChecksumKey));
  if (stored == header.metadata.end()) {
    const auto ours = header.metadata.lower_bound("cnnctl.");
    if (ours != header.metadata.end() && ours->first.starts_with("cnnctl."))
      throw HeaderError(fmt::format("metadata of cnnctl without its checksum ({})", kChecksumKey));
    return;
  }
  Checksum checksum(header.metadata, header.tensors);
  for (const TensorEntry& tensor : header.tensors) checksum.add(data.substr(tensor.begin, tensor.end - tensor.begin));
  if (checksum.str() != stored->second)
    throw HeaderError("the checksum does not match: the file was damaged or changed after cnnctl wrote it");
}

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

/// The bytes as `Stored` values, each turned into a T.
template <class T, class Stored, class Turn>
std::vector<T> decode(std::string_view bytes, const Turn& turn) {
  std::vector<T> values(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));  // the data may be unaligned
    values[i] = static_cast<T>(turn(stored));
  }
  return values;
}

template <class T>
std::vector<T> values_of(const Safetensors& file, const TensorEntry& entry) {
  const std::string_view bytes = file.bytes(entry);
  if (entry.dtype == "F32") return decode<T, float>(bytes, [](float x) { return x; });
  if (entry.dtype == "F64") return decode<T, double>(bytes, [](double x) { return x; });
  if (entry.dtype == "F16") return decode<T, std::uint16_t>(bytes, half_to_float);
  if (entry.dtype == "BF16") return decode<T, std::uint16_t>(bytes, bfloat_to_float);
  throw CheckpointError(file.path(),
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

Safetensors Safetensors::open(const std::string& path) { return from_bytes(read_file(path), path); }

Safetensors Safetensors::from_bytes(std::string bytes, const std::string& path) {
  Safetensors file;
  file.path_ = path;
  file.content_ = std::move(bytes);
  const std::string_view content = file.content_;
  if (const auto foreign = foreign_file(content)) throw CheckpointError(path, *foreign);
  try {
    const std::string_view text = header_of(content);
    file.data_begin_ = kLengthBytes + text.size();
    Header header = parse_header(text, content.size() - file.data_begin_);
    verify_checksum(header, content.substr(file.data_begin_));
    file.metadata_ = std::move(header.metadata);
    file.tensors_ = std::move(header.tensors);
  } catch (const HeaderError& error) {
    throw CheckpointError(path, std::string("broken safetensors file: ") + error.what());
  }
  std::sort(file.tensors_.begin(), file.tensors_.end(),
            [](const TensorEntry& a, const TensorEntry& b) { return a.name < b.name; });
  return file;
}

const TensorEntry* Safetensors::find(std::string_view name) const {
  const auto entry = std::lower_bound(tensors_.begin(), tensors_.end(), name,
                                      [](const TensorEntry& e, std::string_view wanted) { return e.name < wanted; });
  return entry != tensors_.end() && entry->name == name ? &*entry : nullptr;
}

std::string_view Safetensors::bytes(const TensorEntry& entry) const {
  return std::string_view(content_).substr(data_begin_ + entry.begin, entry.end - entry.begin);
}

std::vector<real> Safetensors::reals(const TensorEntry& entry) const { return values_of<real>(*this, entry); }

std::vector<double> Safetensors::doubles(const TensorEntry& entry) const { return values_of<double>(*this, entry); }

}  // namespace cnnctl
