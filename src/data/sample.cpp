#include "data/sample.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace cnnctl {

std::optional<std::size_t> SampleSpec::find(std::string_view name) const {
  const auto at =
      std::find_if(columns.begin(), columns.end(), [name](const Column& column) { return column.name == name; });
  if (at == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(at - columns.begin());
}

std::size_t SampleSpec::index(std::string_view name) const {
  const std::optional<std::size_t> found = find(name);
  CNNCTL_CHECK(found.has_value());
  return *found;
}

std::size_t SampleSpec::bytes() const {
  std::size_t sum = 0;
  for (const Column& column : columns) sum += column.bytes();
  return sum;
}

SampleSpec picture_and_class(const Shape& picture, std::vector<std::string> class_names) {
  SampleSpec spec;
  spec.columns = {{"image", Element::u8, picture, true, false}, {"class", Element::i32, {1}, false, false}};
  spec.class_names = std::move(class_names);
  return spec;
}

Sample::Slot& Sample::slot(std::size_t column) {
  if (column >= slots_.size()) slots_.resize(column + 1);
  return slots_[column];
}

std::vector<std::uint8_t> Sample::release(std::size_t column, std::size_t bytes) {
  Slot& from = slot(column);
  const bool own = from.data == from.memory.data() && from.memory.size() == bytes;
  std::vector<std::uint8_t> released = own ? std::move(from.memory) : std::vector(from.data, from.data + bytes);
  from.data = nullptr;
  return released;
}

void Sample::borrow(std::size_t column, const void* values, const Shape& shape) {
  Slot& to = slot(column);
  to.data = static_cast<const std::uint8_t*>(values);
  to.shape = shape;
}

void Sample::adopt(std::size_t column, std::vector<std::uint8_t> bytes, const Shape& shape) {
  Slot& to = slot(column);
  to.memory = std::move(bytes);
  borrow(column, to.memory.data(), shape);
}

std::uint8_t* Sample::make_bytes(std::size_t column, const Shape& shape, std::size_t bytes) {
  Slot& to = slot(column);
  to.memory.resize(bytes);
  borrow(column, to.memory.data(), shape);
  return to.memory.data();
}

}  // namespace cnnctl
