#include "tensor/sizes.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace cnnctl {

Sizes::Sizes(std::initializer_list<std::int64_t> sizes) : Sizes(std::span(sizes.begin(), sizes.size())) {}

Sizes::Sizes(std::span<const std::int64_t> sizes) {
  CNNCTL_CHECK(sizes.size() <= kMaxAxes);
  for (const std::int64_t size : sizes) values_[static_cast<std::size_t>(axes_++)] = size;
}

Sizes Sizes::all(int axes, std::int64_t size) {
  CNNCTL_CHECK(axes >= 0 && axes <= kMaxAxes);
  Sizes sizes;
  sizes.axes_ = axes;
  std::fill_n(sizes.values_.begin(), axes, size);
  return sizes;
}

bool Sizes::are_all(std::int64_t size) const {
  return std::all_of(values().begin(), values().end(), [size](std::int64_t value) { return value == size; });
}

std::string Sizes::str() const {
  std::string text;
  for (const std::int64_t size : values()) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

}  // namespace cnnctl
