#include "checkpoint/safetensors_header.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/file.hpp"
#include "base/text.hpp"

namespace cnnctl {
namespace {

std::string quoted(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    throw HeaderError("text that is not UTF-8: '" + text.substr(0, 40) + "'");
  }
}

std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
  return hash_bytes(std::as_bytes(std::span(text.data(), text.size())), seed);
}

std::string header_without_checksum(Metadata metadata, std::span<const TensorEntry> tensors) {
  metadata.erase(std::string(kChecksumKey));
  return render_header(metadata, tensors);
}

}  // namespace

void sort_by_place(std::vector<TensorEntry>& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
}

std::string render_header(const Metadata& metadata, std::span<const TensorEntry> tensors) {
  std::string text = "{";
  if (!metadata.empty()) {
    text += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata) text += quoted(key) + ":" + quoted(value) + ",";
    text.back() = '}';
    text += ',';
  }
  std::vector<const TensorEntry*> by_name;
  for (const TensorEntry& tensor : tensors) by_name.push_back(&tensor);
  std::sort(by_name.begin(), by_name.end(), [](auto* a, auto* b) { return a->name < b->name; });
  for (const TensorEntry* tensor : by_name)
    text += fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}},", quoted(tensor->name),
                        tensor->dtype, fmt::join(tensor->shape, ","), tensor->begin, tensor->end);
  if (text.back() == ',') text.pop_back();
  text += '}';
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

Checksum::Checksum(Metadata metadata, std::span<const TensorEntry> tensors)
    : state_(hash_text(header_without_checksum(std::move(metadata), tensors), 0)) {}

void Checksum::add(std::string_view tensor_bytes) { state_ = hash_text(tensor_bytes, state_); }

std::string Checksum::str() const { return hex(state_); }

}  // namespace cnnctl
