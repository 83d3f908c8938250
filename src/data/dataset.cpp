#include "data/dataset.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "config/source.hpp"

namespace cnnctl {

std::uint64_t Outline::bytes() const {
  return static_cast<std::uint64_t>(count) * static_cast<std::uint64_t>(input.count()) * value_bytes;
}

std::optional<Outline> training_outline(const Dataset& dataset) {
  return dataset.has(Split::train) ? dataset.outline(Split::train) : std::nullopt;
}

std::vector<std::string> numbered_names(std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

void check_class_name(const std::string& path, const std::string& name) {
  const std::optional<Objection> objection = find_objection(name);
  if (!objection) return;
  std::string shown;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    shown += byte >= 0x20 && byte < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  throw DataError(path, fmt::format("the class name '{}' cannot be used: {}", shown, objection->message));
}

}  // namespace cnnctl
