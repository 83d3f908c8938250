// The safetensors container: a strict reader and a canonical writer. Knows bytes; knows no network.
// Format: 8 bytes little-endian header length, a JSON header, then the data; github.com/huggingface/safetensors.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cnnctl {

/// One tensor of a file.
struct TensorEntry {
  std::string name;
  std::string dtype;                // "F32", "F64", "F16", "BF16", "I64" ...
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  // in the data section

  std::int64_t count() const;
};

/// A file whose header has been proved: contiguous tensors, sizes that match shapes, nothing behind the last byte.
class Safetensors {
 public:
  /// Reads and checks the whole file. Throws CheckpointError naming the rule that is broken; nothing is allocated from
  /// a number that was not first compared with the file's size.
  static Safetensors open(const std::string& path);

  const std::string& path() const { return path_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::vector<TensorEntry>& tensors() const { return tensors_; }  // sorted by name
  const TensorEntry* find(std::string_view name) const;
  std::string_view bytes(const TensorEntry& entry) const;
  /// Values converted to double-checked floats: F32, F64, F16 and BF16. Throws CheckpointError for other types.
  std::vector<float> floats(const TensorEntry& entry) const;
  std::vector<double> doubles(const TensorEntry& entry) const;

 private:
  std::string path_, content_;
  std::uint64_t data_begin_ = 0;
  std::map<std::string, std::string> metadata_;
  std::vector<TensorEntry> tensors_;
};

/// A tensor to write; `bytes` is little-endian and borrowed until the file is written.
struct TensorToWrite {
  std::string name, dtype;
  std::vector<std::int64_t> shape;
  std::string_view bytes;
};

/// Writes atomically and canonically: the same content gives the same bytes. Adds to the metadata `cnnctl.checksum`,
/// the XXH3 hash of header content and data, which `open` verifies when present.
void write_safetensors(const std::string& path, std::map<std::string, std::string> metadata,
                       std::vector<TensorToWrite> tensors);

}  // namespace cnnctl
