// write_safetensors of safetensors.hpp: places the tensors, sums them up, writes atomically.
#include <algorithm>
#include <cstring>
#include <tuple>

#include "base/check.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "checkpoint/safetensors.hpp"
#include "checkpoint/safetensors_header.hpp"

namespace cnnctl {
namespace {

/// Widest types first, so that every tensor is aligned; then by name.
void sort_for_writing(std::vector<TensorToWrite>& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorToWrite& a, const TensorToWrite& b) {
    const int width_a = -dtype_bits(a.dtype), width_b = -dtype_bits(b.dtype);
    return std::tie(width_a, a.name) < std::tie(width_b, b.name);
  });
}

std::uint64_t bytes_of(const TensorToWrite& tensor) {
  const std::uint64_t bits = static_cast<std::uint64_t>(TensorEntry{"", "", tensor.shape}.count()) *
                             static_cast<std::uint64_t>(dtype_bits(tensor.dtype));
  if (!tensor.read) CNNCTL_CHECK_EQ(bits, tensor.bytes.size() * 8);
  return bits / 8;
}

std::vector<TensorEntry> place(const std::vector<TensorToWrite>& tensors) {
  std::vector<TensorEntry> entries;
  std::uint64_t next = 0;
  for (const TensorToWrite& tensor : tensors) {
    const TensorEntry entry{tensor.name, tensor.dtype, tensor.shape, next, next + bytes_of(tensor)};
    next = entry.end;
    entries.push_back(entry);
  }
  sort_by_place(entries);  // empty tensors go before the one that begins where they stand
  return entries;
}

/// Calls take(piece) for the bytes of a tensor, in order.
template <class Take>
void for_pieces(const TensorToWrite& tensor, std::vector<char>& room, const Take& take) {
  if (!tensor.read) return take(tensor.bytes);
  constexpr std::uint64_t kPiece = std::uint64_t{256} << 10;
  const std::uint64_t bytes = bytes_of(tensor);
  room.resize(std::min(bytes, kPiece));
  for (std::uint64_t first = 0; first < bytes; first += room.size()) {
    const std::span<char> piece = std::span(room).first(std::min<std::uint64_t>(room.size(), bytes - first));
    tensor.read(first, piece);
    take(std::string_view(piece.data(), piece.size()));
  }
}

std::string length_bytes(std::uint64_t length) {
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes;
}

}  // namespace

/// The checksum stands before the bytes that it is made of: they are written first, below a header of the same length.
void write_safetensors(const std::string& path, Metadata metadata, std::vector<TensorToWrite> tensors) {
  sort_for_writing(tensors);
  const std::vector<TensorEntry> entries = place(tensors);
  std::map<std::string_view, const TensorToWrite*> by_name;
  for (const TensorToWrite& tensor : tensors) CNNCTL_CHECK(by_name.emplace(tensor.name, &tensor).second);
  try {
    Checksum checksum(metadata, entries);
    std::string& checksum_text = metadata[std::string(kChecksumKey)] = checksum.str();
    const std::string draft = render_header(metadata, entries);
    write_atomically(path, [&](FileWriter& file) {
      const std::string length = length_bytes(draft.size());
      file.write(length);
      file.write(draft);
      std::vector<char> room;
      for (const TensorEntry& entry : entries) {
        RunningHash hash = checksum.begin_tensor();
        for_pieces(*by_name.at(entry.name), room, [&](std::string_view piece) {
          hash.add(std::as_bytes(std::span(piece)));
          file.write(piece);
        });
        checksum.end_tensor(hash);
      }
      checksum_text = checksum.str();
      const std::string header = render_header(metadata, entries);
      CNNCTL_CHECK_EQ(header.size(), draft.size());
      file.rewrite(length.size(), header);
    });
  } catch (const HeaderError& error) {
    throw CheckpointError(path, std::string("cannot be written: ") + error.what());
  }
}

}  // namespace cnnctl
