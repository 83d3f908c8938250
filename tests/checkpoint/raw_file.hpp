// Safetensors files made by hand, well-formed or not.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/message.hpp"
#include "checkpoint/safetensors.hpp"

namespace cnnctl::testing {

/// The 8 bytes of a header's length.
inline std::string length_bytes(std::uint64_t length) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes;
}

inline std::string raw_file(std::string_view header, std::string_view data = "") {
  return length_bytes(header.size()) + std::string(header) + std::string(data);
}

/// What the reader says of these bytes, without the beginning that all its messages share.
inline std::string complaint(const std::string& bytes) {
  constexpr std::string_view kBeginning = "x: error: broken safetensors file: ";
  const std::string message = message_of<CheckpointError>([&] { Safetensors::from_bytes(bytes, "x"); });
  return message.starts_with(kBeginning) ? message.substr(kBeginning.size()) : "?? " + message;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// A tensor of another file, as it is. The file and its entry outlive the writing.
inline TensorToWrite copy_of(const Safetensors& file, const TensorEntry& entry) {
  return {entry.name, entry.dtype, entry.shape, {}, [&file, &entry](std::uint64_t first, std::span<char> room) {
            file.bytes(entry).copy(room.data(), room.size(), first);
          }};
}

/// Names, types, shapes, bytes and metadata: all that a file says, in one text.
inline std::string content_of(const Safetensors& file) {
  std::string text;
  for (const auto& [key, value] : file.metadata()) text += key + '\1' + value + '\2';
  for (const TensorEntry& entry : file.tensors())
    text += entry.name + '\1' + entry.dtype + '\1' + entry.shape_str() + '\1' + file.bytes(entry) + '\2';
  return text;
}

}  // namespace cnnctl::testing
