#include "tensor/shape.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/error.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

std::string text_of(std::span<const std::int64_t> sizes) {
  std::string text;
  for (const std::int64_t size : sizes) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "scalar" : text;
}

}  // namespace

std::int64_t count_of(std::span<const std::int64_t> sizes) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  if (std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size < 0; }))
    throw ShapeError("a shape of " + text_of(sizes) + " has a negative size");
  if (std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size == 0; })) return 0;
  std::int64_t product = 1;
  for (const std::int64_t size : sizes) {
    if (product > kMost / size) throw ShapeError("a shape of " + text_of(sizes) + " has more than 2^40 values");
    product *= size;
  }
  return product;
}

void require_macs(std::initializer_list<std::int64_t> sizes) {
  std::int64_t product = 1;
  for (const std::int64_t size : sizes) {
    if (size > 0 && product > kMostMacs / size) throw ShapeError("has more than 2^42 multiply-adds a sample");
    product *= size;
  }
}

Shape::Shape(std::initializer_list<std::int64_t> sizes) : Shape(std::span(sizes.begin(), sizes.size())) {}

Shape::Shape(std::span<const std::int64_t> sizes) {
  CNNCTL_CHECK(sizes.size() <= kMaxRank);
  for (const std::int64_t size : sizes) sizes_[static_cast<std::size_t>(rank_++)] = size;
}

std::int64_t Shape::extent(int from_last) const {
  CNNCTL_CHECK(from_last >= 0 && from_last < axes());
  return (*this)[rank_ - 1 - from_last];
}

std::int64_t Shape::height() const {
  CNNCTL_CHECK(is_image());
  return sizes_[1];
}

std::int64_t Shape::width() const {
  CNNCTL_CHECK(is_image());
  return sizes_[2];
}

Shape Shape::with_channels(std::int64_t channels) const {
  CNNCTL_CHECK(rank_ >= 1);
  Shape other = *this;
  other.sizes_[0] = channels;
  return other;
}

std::string Shape::str() const { return text_of(sizes()); }

}  // namespace cnnctl
