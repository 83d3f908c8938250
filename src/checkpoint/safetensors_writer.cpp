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

std::vector<TensorEntry> place(const std::vector<TensorToWrite>& tensors) {
  std::vector<TensorEntry> entries;
  std::uint64_t next = 0;
  for (const TensorToWrite& tensor : tensors) {
    const TensorEntry entry{tensor.name, tensor.dtype, tensor.shape, next, next + tensor.bytes.size()};
    CNNCTL_CHECK_EQ(static_cast<std::uint64_t>(entry.count()) * static_cast<std::uint64_t>(dtype_bits(entry.dtype)),
                    tensor.bytes.size() * 8);
    next = entry.end;
    entries.push_back(entry);
  }
  sort_by_place(entries);  // empty tensors go before the one that begins where they stand
  return entries;
}

}  // namespace

void write_safetensors(const std::string& path, Metadata metadata, std::vector<TensorToWrite> tensors) {
  sort_for_writing(tensors);
  const std::vector<TensorEntry> entries = place(tensors);
  std::map<std::string_view, std::string_view> bytes;
  for (const TensorToWrite& tensor : tensors) CNNCTL_CHECK(bytes.emplace(tensor.name, tensor.bytes).second);
  try {
    Checksum checksum(metadata, entries);
    for (const TensorEntry& entry : entries) checksum.add(bytes.at(entry.name));
    metadata[std::string(kChecksumKey)] = checksum.str();
    const std::string header = render_header(metadata, entries);
    const std::uint64_t length = header.size();
    std::string length_bytes(sizeof length, '\0');
    std::memcpy(length_bytes.data(), &length, sizeof length);

    std::vector<std::string_view> pieces = {length_bytes, header};
    for (const TensorEntry& entry : entries) pieces.push_back(bytes.at(entry.name));
    write_file_atomically(path, pieces);
  } catch (const HeaderError& error) {
    throw CheckpointError(path, std::string("cannot be written: ") + error.what());
  }
}

}  // namespace cnnctl
