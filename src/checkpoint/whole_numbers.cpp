#include "checkpoint/whole_numbers.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace cnnctl {
namespace {

template <class T>
std::optional<WholeNumbers> read(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  T least = 0, largest = 0;
  double sum = 0;
  const std::size_t count = bytes.size() / sizeof(T);
  for (std::size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    least = i == 0 ? value : std::min(least, value);
    largest = i == 0 ? value : std::max(largest, value);
    sum += static_cast<double>(value);
  }
  return WholeNumbers{std::to_string(least), std::to_string(largest), sum / static_cast<double>(count)};
}

struct Reader {
  std::string_view dtype;
  std::optional<WholeNumbers> (*read)(std::string_view);
};
constexpr Reader kReaders[] = {
    {"I64", read<std::int64_t>},  {"I32", read<std::int32_t>},  {"I16", read<std::int16_t>},
    {"I8", read<std::int8_t>},    {"U64", read<std::uint64_t>}, {"U32", read<std::uint32_t>},
    {"U16", read<std::uint16_t>}, {"U8", read<std::uint8_t>},   {"BOOL", read<std::uint8_t>}};

const Reader* find(std::string_view dtype) {
  const auto* const found = std::find_if(std::begin(kReaders), std::end(kReaders),
                                         [dtype](const Reader& reader) { return reader.dtype == dtype; });
  return found != std::end(kReaders) ? found : nullptr;
}

}  // namespace

bool is_whole(std::string_view dtype) { return find(dtype) != nullptr; }

std::optional<WholeNumbers> whole_numbers(std::string_view dtype, std::string_view bytes) {
  const Reader* const reader = find(dtype);
  return reader != nullptr ? reader->read(bytes) : std::nullopt;
}

}  // namespace cnnctl
