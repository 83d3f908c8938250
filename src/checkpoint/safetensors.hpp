// The safetensors container: a strict reader and a canonical writer. Knows bytes; knows no network.
// Format: 8 bytes little-endian header length, a JSON header, then the data; github.com/huggingface/safetensors.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_reader.hpp"
#include "base/workers.hpp"
#include "tensor/shape.hpp"

namespace cnnctl {

struct Header;

/// Free text of a file, "key" -> "value".
using Metadata = std::map<std::string, std::string>;

/// The metadata key of the checksum: 16 hexadecimal digits, the XXH3 hash of the canonical header without this key,
/// continued through the bytes of every tensor in the order of the file (each hash is the seed of the next).
/// It speaks of content, not of spelling: the same file written by another program with its keys in another order
/// still verifies. Keys under "cnnctl." without a checksum are refused, so that no flipped bit can switch it off.
inline constexpr std::string_view kChecksumKey = "cnnctl.checksum";

/// One tensor of a file.
struct TensorEntry {
  std::string name;
  std::string dtype;  // "F32", "F64", "F16", "BF16", "I64" ...
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  // in the data section

  std::int64_t count() const;
  /// Whether reals() and doubles() can read it.
  bool is_float() const;
  /// "16x5x5", or "scalar".
  std::string shape_str() const;
};

/// A file whose header has been proved: contiguous tensors, sizes that match shapes, nothing behind the last byte. Its
/// data stay in the file until they are asked for, so that a checkpoint never stands beside the network in memory.
class Safetensors {
 public:
  /// Reads and checks the whole file, the checksum included. Throws CheckpointError naming the rule that is broken;
  /// nothing is allocated from a number that was not first compared with the file's size.
  static Safetensors open(const std::string& path);
  /// The same for content that is in memory already; `path` serves the messages.
  static Safetensors from_bytes(std::string content, const std::string& path);

  const std::string& path() const { return path_; }
  std::uint64_t file_bytes() const { return file_ ? file_->size() : content_.size(); }
  const Metadata& metadata() const { return metadata_; }
  const std::vector<TensorEntry>& tensors() const { return tensors_; }  // sorted by name
  const TensorEntry* find(std::string_view name) const;
  std::string bytes(const TensorEntry& entry) const;
  /// Values of F64, F32, F16 and BF16, converted. Throws CheckpointError for other types.
  std::vector<real> reals(const TensorEntry& entry) const;
  std::vector<double> doubles(const TensorEntry& entry) const;
  /// The same, written to `to`, which has room for entry.count().
  void read(const TensorEntry& entry, std::span<real> to) const;
  /// The same piece by piece, in order.
  void each_piece(const TensorEntry& entry, FunctionRef<void(std::span<const double> values)> take) const;

 private:
  Safetensors(std::string path, std::string content, std::optional<FileReader> file);
  void verify_checksum(const Header& header) const;
  void read_bytes(std::uint64_t at, std::span<char> room) const;
  /// The bytes from `at` on, at most kPiece at once.
  void each_bytes(std::uint64_t at, std::uint64_t count, FunctionRef<void(std::string_view bytes)> take) const;
  template <class T>
  std::vector<T> values(const TensorEntry& entry) const;
  template <class T>
  void decode_into(const TensorEntry& entry, T* to) const;

  std::string path_, content_;      // the content where it came from memory
  std::optional<FileReader> file_;  // else
  std::uint64_t data_begin_ = 0;
  Metadata metadata_;
  std::vector<TensorEntry> tensors_;
};

/// A tensor to write: `bytes`, little-endian and borrowed until the file is written; or where the bytes are not in
/// memory as the file has them, `read(first, room)`, which fills `room` with those from number `first` on.
struct TensorToWrite {
  std::string name, dtype;
  std::vector<std::int64_t> shape;
  std::string_view bytes;
  std::function<void(std::uint64_t first, std::span<char> room)> read = {};
};

/// Writes atomically and canonically: the same content gives the same bytes. Widest types come first, then by name;
/// metadata is sorted, and the checksum joins it. Throws CheckpointError for text that is not UTF-8, IoError.
void write_safetensors(const std::string& path, Metadata metadata, std::vector<TensorToWrite> tensors);

}  // namespace cnnctl
