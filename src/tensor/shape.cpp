#include "tensor/shape.hpp"

#include "base/check.hpp"
#include "base/error.hpp"

namespace cnnctl {

Shape::Shape(std::initializer_list<std::int64_t> sizes) : Shape(std::span(sizes.begin(), sizes.size())) {}

Shape::Shape(std::span<const std::int64_t> sizes) {
  CNNCTL_CHECK(sizes.size() <= kMaxRank);
  for (const std::int64_t size : sizes) sizes_[static_cast<std::size_t>(rank_++)] = size;
}

std::int64_t Shape::count() const {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  std::int64_t product = 1;
  for (const std::int64_t size : sizes()) {
    if (size < 0 || (size > 0 && product > kMost / size))
      throw ShapeError("a shape of " + str() + " has more than 2^40 values");
    product *= size;
  }
  return product;
}

std::string Shape::str() const {
  std::string text;
  for (const std::int64_t size : sizes()) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "scalar" : text;
}

}  // namespace cnnctl
