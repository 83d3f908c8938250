// The JSON header of a safetensors file, both ways. Knows its grammar and limits; knows no file.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "checkpoint/safetensors.hpp"

namespace cnnctl {

/// A rule of the format that is broken; what() is the bare fact, the reader adds the path.
struct HeaderError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Header {
  Metadata metadata;
  std::vector<TensorEntry> tensors;  // in the order of the data
};

/// Bits of one value of a dtype, 0 if there is no such type.
int dtype_bits(std::string_view dtype);

/// Parses and proves a header against the size of the data behind it. Throws HeaderError.
Header parse_header(std::string_view json, std::uint64_t data_bytes);

/// The canonical text: keys sorted, no blanks but a padding to a multiple of 8. Throws HeaderError for text that is not
/// UTF-8.
std::string render_header(const Metadata& metadata, std::span<const TensorEntry> tensors);

/// Puts entries into the order of their bytes; empty ones by name.
void sort_by_place(std::vector<TensorEntry>& tensors);

/// The running checksum (see kChecksumKey).
class Checksum {
 public:
  Checksum(Metadata metadata, std::span<const TensorEntry> tensors);
  void add(std::string_view tensor_bytes);
  /// For a tensor in pieces: the hash that they are added to, and what follows the last of them.
  RunningHash begin_tensor() const { return RunningHash(state_); }
  void end_tensor(const RunningHash& hash) { state_ = hash.value(); }
  std::string str() const;

 private:
  std::uint64_t state_;
};

}  // namespace cnnctl
