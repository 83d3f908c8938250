// Reads the header as a stream of JSON events, so that duplicates, odd numbers and foreign fields are seen, which a
// parsed tree would hide.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "checkpoint/safetensors_header.hpp"

namespace cnnctl {
namespace {

constexpr std::uint64_t kLargestInteger = (std::uint64_t{1} << 48) - 1;
constexpr std::size_t kMostTensors = 1'000'000;
constexpr std::size_t kLongestName = 1024;
constexpr std::size_t kHighestRank = 8;

template <class... Args>
[[noreturn]] void broken(fmt::format_string<Args...> format, Args&&... args) {
  throw HeaderError(fmt::format(format, std::forward<Args>(args)...));
}

void check_name(std::string_view name) {
  if (name.empty()) broken("a tensor without a name");
  if (name.size() > kLongestName)
    broken("a tensor name of {} bytes, at most {} are allowed", name.size(), kLongestName);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::any_of(name.begin(), name.end(), is_control)) broken("a tensor name with a control character");
}

/// Where the parser stands: inside which object or list, or behind which key.
enum class Place {
  outside,
  top,
  metadata_key,
  metadata,
  metadata_value,
  tensor_key,
  tensor,
  dtype,
  shape_key,
  shape,
  offsets_key,
  offsets
};

class HeaderHandler final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Header take() { return std::move(header_); }

  bool start_object(std::size_t) override {
    switch (place_) {
      case Place::outside:
        return go(Place::top);
      case Place::metadata_key:
        return go(Place::metadata);
      case Place::tensor_key:
        return go(Place::tensor);
      default:
        unexpected();
    }
  }

  bool key(string_t& name) override {
    if (place_ == Place::top) return top_key(name);
    if (place_ == Place::tensor) return tensor_key(name);
    const auto [entry, is_new] = header_.metadata.emplace(name, "");
    if (!is_new) broken("the metadata key '{}' stands twice", name);
    value_ = &entry->second;
    return go(Place::metadata_value);
  }

  bool end_object() override {
    if (place_ == Place::tensor) finish_tensor();
    return go(place_ == Place::top ? Place::outside : Place::top);
  }

  bool string(string_t& text) override {
    if (place_ == Place::metadata_value) {
      *value_ = text;
      return go(Place::metadata);
    }
    if (place_ != Place::dtype) unexpected();
    if (dtype_bits(text) == 0) broken("tensor '{}' has the unknown dtype '{}'", tensor_.name, text.substr(0, 40));
    tensor_.dtype = text;
    return go(Place::tensor);
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::shape_key && place_ != Place::offsets_key) unexpected();
    return go(place_ == Place::shape_key ? Place::shape : Place::offsets);
  }

  bool number_unsigned(number_unsigned_t number) override {
    if (place_ != Place::shape && place_ != Place::offsets) unexpected();
    if (number > kLargestInteger) not_plain();
    if (place_ == Place::offsets) {
      offsets_.push_back(number);
      if (offsets_.size() > 2) broken("tensor '{}' needs exactly two data_offsets", tensor_.name);
      return true;
    }
    tensor_.shape.push_back(static_cast<std::int64_t>(number));
    if (tensor_.shape.size() > kHighestRank)
      broken("tensor '{}' has more than {} dimensions", tensor_.name, kHighestRank);
    return true;
  }

  bool end_array() override {
    if (place_ == Place::offsets && offsets_.size() != 2)
      broken("tensor '{}' needs exactly two data_offsets", tensor_.name);
    return go(Place::tensor);
  }

  bool null() override { unexpected(); }
  bool boolean(bool) override { unexpected(); }
  bool binary(binary_t&) override { unexpected(); }
  bool number_integer(number_integer_t) override { not_plain(); }
  bool number_float(number_float_t, const string_t&) override { not_plain(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    broken("the header is no JSON at its byte {}", position);
  }

 private:
  bool go(Place place) {
    place_ = place;
    return true;
  }

  bool top_key(const std::string& name) {
    if (name != "__metadata__") check_name(name);
    if (!names_.insert(name).second) broken("'{}' stands twice", name);
    if (names_.size() > kMostTensors) broken("more than {} tensors", kMostTensors);
    if (name == "__metadata__") return go(Place::metadata_key);
    tensor_ = {};
    tensor_.name = name;
    offsets_.clear();
    fields_.clear();
    return go(Place::tensor_key);
  }

  bool tensor_key(const std::string& field) {
    if (!fields_.insert(field).second) broken("tensor '{}' has the field '{}' twice", tensor_.name, field);
    if (field == "dtype") return go(Place::dtype);
    if (field == "shape") return go(Place::shape_key);
    if (field == "data_offsets") return go(Place::offsets_key);
    broken("tensor '{}' has the unknown field '{}' (allowed: dtype, shape, data_offsets)", tensor_.name,
           field.substr(0, 40));
  }

  void finish_tensor() {
    for (const char* field : {"dtype", "shape", "data_offsets"})
      if (!fields_.contains(field)) broken("tensor '{}' has no {}", tensor_.name, field);
    tensor_.begin = offsets_[0];
    tensor_.end = offsets_[1];
    header_.tensors.push_back(std::move(tensor_));
  }

  [[noreturn]] void unexpected() const {
    switch (place_) {
      case Place::outside:
        broken("the header is not a JSON object");
      case Place::metadata_key:
      case Place::metadata_value:
        broken("__metadata__ must map strings to strings");
      case Place::dtype:
        broken("the dtype of tensor '{}' must be a string", tensor_.name);
      case Place::shape_key:
      case Place::shape:
        broken("the shape of tensor '{}' must be a list of integers", tensor_.name);
      case Place::offsets_key:
      case Place::offsets:
        broken("the data_offsets of tensor '{}' must be a list of two integers", tensor_.name);
      default:
        broken("tensor '{}' must be an object with dtype, shape and data_offsets", tensor_.name);
    }
  }

  [[noreturn]] void not_plain() const {
    if (place_ != Place::shape && place_ != Place::offsets) unexpected();
    broken("tensor '{}' has a number that is not a plain integer between 0 and 2^48 - 1", tensor_.name);
  }

  Header header_;
  Place place_ = Place::outside;
  std::set<std::string> names_, fields_;
  TensorEntry tensor_;
  std::vector<std::uint64_t> offsets_;
  std::string* value_ = nullptr;
};

/// What JSON allows but the format does not: blanks other than spaces around the object, control characters.
void check_bytes(std::string_view json) {
  if (!json.starts_with('{')) broken("the header does not begin with '{{'");
  const std::size_t end = json.find_last_not_of(' ');
  if (json[end] != '}') broken("the header does not end with '}}' and spaces");
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r')
      broken("the header has the control character {} at its byte {}", byte, i + 1);
  }
}

/// Bytes that the shape and the type ask for.
std::uint64_t needed_bytes(const TensorEntry& tensor) {
  std::uint64_t bits = static_cast<std::uint64_t>(dtype_bits(tensor.dtype));
  for (const std::int64_t size : tensor.shape)
    if (__builtin_mul_overflow(bits, static_cast<std::uint64_t>(size), &bits))
      broken("the shape of tensor '{}' overflows: {}", tensor.name, tensor.shape_str());
  if (bits % 8 != 0) broken("tensor '{}' does not end at a whole byte", tensor.name);
  return bits / 8;
}

/// Tensors must follow each other from byte 0 without holes and overlaps, and be as large as their shapes say.
void check_places(const std::vector<TensorEntry>& tensors, std::uint64_t data_bytes) {
  std::uint64_t next = 0;
  for (const TensorEntry& tensor : tensors) {
    if (tensor.begin != next)
      broken("tensor '{}' begins at byte {} of the data, not at {}: tensors must neither overlap nor leave holes",
             tensor.name, tensor.begin, next);
    if (tensor.end < tensor.begin)
      broken("tensor '{}' ends at byte {}, before it begins at {}", tensor.name, tensor.end, tensor.begin);
    const std::uint64_t needed = needed_bytes(tensor);
    if (tensor.end - tensor.begin != needed)
      broken("tensor '{}' has {} bytes, {} of {} need {}", tensor.name, tensor.end - tensor.begin, tensor.shape_str(),
             tensor.dtype, needed);
    next = tensor.end;
  }
  if (next > data_bytes) broken("truncated: the header speaks of {} bytes of data, the file has {}", next, data_bytes);
  if (next < data_bytes) broken("{} bytes follow the last tensor", data_bytes - next);
}

}  // namespace

int dtype_bits(std::string_view dtype) {
  static constexpr std::pair<std::string_view, int> kTypes[] = {
      {"F32", 32},        {"F64", 64},    {"F16", 16},    {"BF16", 16},   {"I64", 64},    {"I32", 32},
      {"I16", 16},        {"I8", 8},      {"U64", 64},    {"U32", 32},    {"U16", 16},    {"U8", 8},
      {"BOOL", 8},        {"C64", 64},    {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
      {"F8_E5M2FNUZ", 8}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4}};
  for (const auto& [name, bits] : kTypes)
    if (name == dtype) return bits;
  return 0;
}

Header parse_header(std::string_view json, std::uint64_t data_bytes) {
  check_bytes(json);
  HeaderHandler handler;
  nlohmann::json::sax_parse(json, &handler);
  Header header = handler.take();
  sort_by_place(header.tensors);
  check_places(header.tensors, data_bytes);
  return header;
}

}  // namespace cnnctl
